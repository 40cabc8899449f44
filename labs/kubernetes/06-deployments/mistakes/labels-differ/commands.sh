kubectl apply -f deployment.yaml
kubectl get deployments
