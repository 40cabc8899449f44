kubectl patch deployment hellok8s --patch '{"spec": {"strategy": {"type": "Recreate"}}}'
kubectl set image deployment/hellok8s hellok8s-container=hellok8s:v2
kubectl rollout status deployment/hellok8s --timeout=60s
