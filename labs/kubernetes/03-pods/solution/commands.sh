# One pod, from the completed manifest.
kubectl apply -f nginx.yaml
kubectl wait pod/nginx --for=condition=Ready --timeout=60s
kubectl get pod nginx -o wide

# One more: a copy of the manifest with another name.
kubectl apply -f nginx-2.yaml
kubectl wait pods -l app=nginx --for=condition=Ready --timeout=60s
kubectl get pods
