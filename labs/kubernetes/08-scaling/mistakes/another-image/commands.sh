kubectl scale deployment/hellok8s --replicas=10
kubectl rollout status deployment/hellok8s --timeout=60s
sed -i -e 's/replicas: .*/replicas: 2/' -e 's/hellok8s:v1/hellok8s:v3/' deployment.yaml
kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=5s || true
