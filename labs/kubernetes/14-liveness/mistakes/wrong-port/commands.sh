kubectl apply -f deployment.yaml
kubectl apply -f patient.yaml
kubectl wait pod/patient --for=condition=Ready --timeout=60s
kubectl exec patient -- rm /tmp/healthy
kubectl wait pod/patient --for=jsonpath='{.status.containerStatuses[0].lastState.terminated}' --timeout=60s
kubectl wait pod/patient --for=condition=Ready --timeout=60s
