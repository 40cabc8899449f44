# deployment.yaml now has the strategy Recreate and the new image.
kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=90s
kubectl get deployment,replicaset
