kubectl apply -f nginx.yaml
kubectl create deployment nginx --image=nginx:__tag__
kubectl rollout status deployment/nginx --timeout=60s
kubectl wait pod/nginx --for=condition=Ready --timeout=60s
