kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=60s
kubectl get deployments,replicasets,pods
