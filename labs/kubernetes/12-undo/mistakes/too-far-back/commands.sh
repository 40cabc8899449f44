kubectl set image deployment/hellok8s hellok8s-container=hellok8s:broken
kubectl rollout status deployment/hellok8s --timeout=60s
kubectl rollout undo deployment/hellok8s --to-revision=1
kubectl rollout status deployment/hellok8s --timeout=60s
