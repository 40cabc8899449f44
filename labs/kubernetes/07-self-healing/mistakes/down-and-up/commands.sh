kubectl scale deployment/hellok8s --replicas=0
kubectl wait pods -l app=hellok8s --for=delete --timeout=60s
kubectl scale deployment/hellok8s --replicas=__replicas__
kubectl rollout status deployment/hellok8s --timeout=60s
kubectl delete pod alone
