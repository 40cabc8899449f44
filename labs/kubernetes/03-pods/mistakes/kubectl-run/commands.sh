kubectl run nginx --image=nginx:__tag__
kubectl run nginx-2 --image=nginx:__tag__
kubectl wait pods --all --for=condition=Ready --timeout=60s
