kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=90s
kubectl apply -f patient.yaml
kubectl wait pod/patient --for=condition=Ready --timeout=60s
kubectl delete pod patient
kubectl apply -f patient.yaml
kubectl wait pod/patient --for=condition=Ready --timeout=60s
