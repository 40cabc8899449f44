"""Jobs: the controller, the bookkeeping of ended pods, and the rules by which a job succeeds or fails.

Behaviour: k8s.io/docs/concepts/workloads/controllers/job.
"""
