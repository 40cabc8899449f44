kubectl rollout undo deployment/hellok8s
kubectl rollout status deployment/hellok8s --timeout=60s
