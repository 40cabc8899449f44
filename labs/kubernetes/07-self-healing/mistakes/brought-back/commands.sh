kubectl delete $(kubectl get pods -l app=hellok8s -o name | head -n 1)
kubectl rollout status deployment/hellok8s --timeout=60s
kubectl delete pod alone
kubectl apply -f alone.yaml
