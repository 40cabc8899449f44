kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=90s
