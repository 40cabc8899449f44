kubectl apply -f service.yaml
kubectl scale deployment/hellok8s --replicas=5
kubectl rollout status deployment/hellok8s --timeout=60s
