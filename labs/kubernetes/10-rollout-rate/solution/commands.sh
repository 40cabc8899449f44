# deployment.yaml now has the bounds and the new image.
kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=60s
kubectl describe deployment hellok8s
