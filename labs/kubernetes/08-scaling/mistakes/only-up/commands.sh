kubectl scale deployment/hellok8s --replicas=10
kubectl rollout status deployment/hellok8s --timeout=60s
