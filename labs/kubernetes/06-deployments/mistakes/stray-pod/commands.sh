kubectl run hellok8s --image=hellok8s:v1 --labels=app=hellok8s
kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=60s
