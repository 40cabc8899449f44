# One of the deployment's pods: a new one takes its place.
kubectl get pods -l app=hellok8s
kubectl delete $(kubectl get pods -l app=hellok8s -o name | head -n 1)
kubectl rollout status deployment/hellok8s --timeout=60s
kubectl get pods -l app=hellok8s

# The pod that nobody owns: it is gone for good.
kubectl delete pod alone
kubectl get pods
