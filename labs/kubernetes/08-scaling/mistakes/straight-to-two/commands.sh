kubectl scale deployment/hellok8s --replicas=2
kubectl rollout status deployment/hellok8s --timeout=60s
