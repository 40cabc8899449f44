# Ten replicas, by the file.
sed -i 's/replicas: .*/replicas: 10/' deployment.yaml
kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=60s
kubectl get pods

# Two replicas, by the command.
kubectl scale deployment/hellok8s --replicas=2
kubectl wait deployment/hellok8s --for=jsonpath='{.status.replicas}'=2 --timeout=60s
kubectl get deployment,replicaset
