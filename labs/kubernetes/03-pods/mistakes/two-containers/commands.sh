kubectl apply -f nginx.yaml
kubectl wait pod/nginx --for=jsonpath='{.status.phase}'=Running --timeout=30s
