kubectl rollout status deployment/hellok8s --timeout=60s
