# The deployment, asked over HTTP.
kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=90s

# The patient, asked with a command.
kubectl apply -f patient.yaml
kubectl wait pod/patient --for=condition=Ready --timeout=60s

# Its health is ruined; the kubelet restarts the container.
kubectl exec patient -- rm /tmp/healthy
kubectl wait pod/patient --for=jsonpath='{.status.containerStatuses[0].lastState.terminated}' --timeout=60s
kubectl wait pod/patient --for=condition=Ready --timeout=60s
kubectl describe pod patient
