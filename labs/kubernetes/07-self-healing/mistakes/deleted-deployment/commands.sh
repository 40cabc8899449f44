kubectl delete deployment hellok8s
kubectl wait pods -l app=hellok8s --for=delete --timeout=60s
kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=60s
kubectl delete pod alone
