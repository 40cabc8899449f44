kubectl set image deployment/hellok8s hellok8s-container=hellok8s:broken
kubectl rollout status deployment/hellok8s --timeout=90s
