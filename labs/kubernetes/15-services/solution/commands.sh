kubectl apply -f service.yaml
kubectl get service hellok8s-svc
kubectl get endpointslices -l kubernetes.io/service-name=hellok8s-svc

# More pods; the service finds them by itself.
kubectl scale deployment/hellok8s --replicas=5
kubectl rollout status deployment/hellok8s --timeout=60s
kubectl get endpointslices -l kubernetes.io/service-name=hellok8s-svc
