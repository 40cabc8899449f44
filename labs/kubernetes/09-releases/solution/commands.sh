# deployment.yaml now says hellok8s:v2.
kubectl diff -f deployment.yaml || true
kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=60s
kubectl get replicasets
kubectl rollout history deployment/hellok8s
