kubectl scale deployment/hellok8s --replicas=0
kubectl wait pods -l app=hellok8s --for=delete --timeout=60s
kubectl set image deployment/hellok8s hellok8s-container=hellok8s:v2
kubectl scale deployment/hellok8s --replicas=3
kubectl rollout status deployment/hellok8s --timeout=60s
