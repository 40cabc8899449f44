# deployment.yaml now has the probe.
kubectl apply -f deployment.yaml
kubectl rollout status deployment/hellok8s --timeout=90s

# A broken release gets stuck: rollout status ends with an error.
kubectl set image deployment/hellok8s hellok8s-container=hellok8s:broken
kubectl rollout status deployment/hellok8s --timeout=90s || true
kubectl get pods
kubectl describe pods -l app=hellok8s

# Back to the version that works.
kubectl rollout undo deployment/hellok8s
kubectl rollout status deployment/hellok8s --timeout=90s
