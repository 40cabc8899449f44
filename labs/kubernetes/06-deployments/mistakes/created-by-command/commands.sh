kubectl create deployment hellok8s --image=hellok8s:v1 --replicas=__replicas__
kubectl rollout status deployment/hellok8s --timeout=60s
