kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=60s
kubectl apply -f bounded.yaml
kubectl rollout status deployment/hellok8s --timeout=60s
