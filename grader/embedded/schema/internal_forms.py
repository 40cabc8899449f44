"""Objects as the API server holds them inside: what some error messages print instead of the JSON a client wrote.

The server's internal types have no JSON names, so their fields print under their Go names, in the order of the
type, with nothing left out (k8s.io/kubernetes, package apis/core: the order of fields is what matters here).
"""

from __future__ import annotations

from typing import Any

from grader.embedded.objects import Obj

# Field: `GoName[=jsonName][:kind]`. Kinds: s text (the usual one), i number, b truth, p anything that may be null,
# `*Type` pointer to a struct, `Type` struct, `[Type` list of structs, `sel` label selector, `q` quantity.
_TYPES: dict[str, str] = {
    "StatefulSetUpdateStrategy": "Type RollingUpdate:*RollingUpdateStatefulSet",
    "RollingUpdateStatefulSet": "Partition:i MaxUnavailable:p",
    "DeploymentStrategy": "Type RollingUpdate:*RollingUpdateDeployment",
    "RollingUpdateDeployment": "MaxUnavailable:i MaxSurge:i",
    "DaemonSetUpdateStrategy": "Type RollingUpdate:*RollingUpdateDaemonSet",
    "RollingUpdateDaemonSet": "MaxUnavailable:i MaxSurge:i",
    "PodDisruptionBudgetSpec": "MinAvailable:p Selector:sel MaxUnavailable:p UnhealthyPodEvictionPolicy:p",
    "PodFailurePolicy": "Rules:[PodFailurePolicyRule",
    "PodFailurePolicyRule": "Action OnExitCodes:*OnExitCodes OnPodConditions:[OnPodCondition",
    "OnExitCodes": "ContainerName:p Operator Values:p",
    "OnPodCondition": "Type Status",
    "SuccessPolicy": "Rules:[SuccessPolicyRule",
    "SuccessPolicyRule": "SucceededIndexes:p SucceededCount:p",
    "PodSpec": (
        "Volumes:[Volume InitContainers:[Container Containers:[Container EphemeralContainers:[EphemeralContainer "
        "RestartPolicy TerminationGracePeriodSeconds:p ActiveDeadlineSeconds:p DNSPolicy=dnsPolicy NodeSelector:p "
        "ServiceAccountName AutomountServiceAccountToken:p NodeName SecurityContext:*PodSecurityContext "
        "ImagePullSecrets:[Reference Hostname Subdomain SetHostnameAsFQDN:p Affinity:*Affinity SchedulerName "
        "Tolerations:[Toleration HostAliases:[HostAlias PriorityClassName Priority:p PreemptionPolicy:p "
        "DNSConfig=dnsConfig:*DNSConfig ReadinessGates:[ReadinessGate RuntimeClassName:p Overhead:p "
        "EnableServiceLinks:p TopologySpreadConstraints:[Spread OS=os:*Reference SchedulingGates:[Reference "
        "ResourceClaims:[PodClaim Resources:*Resources HostnameOverride:p SchedulingGroup:p"
    ),
    "PodSecurityContext": (
        "HostNetwork:b HostPID:b HostIPC:b ShareProcessNamespace:p HostUsers:p SELinuxOptions=seLinuxOptions:*SELinux "
        "WindowsOptions:*Windows RunAsUser:p RunAsGroup:p RunAsNonRoot:p SupplementalGroups:p "
        "SupplementalGroupsPolicy:p FSGroup=fsGroup:p FSGroupChangePolicy=fsGroupChangePolicy:p Sysctls:[NameValue "
        "SeccompProfile:*Profile AppArmorProfile:*Profile SELinuxChangePolicy=seLinuxChangePolicy:p"
    ),
    "Container": (
        "Name Image Command:p Args:p WorkingDir Ports:[Port EnvFrom:[EnvFrom Env:[Env Resources:Resources "
        "ResizePolicy:[ResizePolicy RestartPolicy:p RestartPolicyRules:[RestartRule VolumeMounts:[Mount "
        "VolumeDevices:[Device LivenessProbe:*Probe ReadinessProbe:*Probe StartupProbe:*Probe Lifecycle:*Lifecycle "
        "TerminationMessagePath TerminationMessagePolicy ImagePullPolicy SecurityContext:*SecurityContext "
        "Stdin:b StdinOnce:b TTY=tty:b"
    ),
    "EphemeralContainer": "@Container TargetContainerName",
    "SecurityContext": (
        "Capabilities:*Capabilities Privileged:p SELinuxOptions=seLinuxOptions:*SELinux WindowsOptions:*Windows "
        "RunAsUser:p RunAsGroup:p RunAsNonRoot:p ReadOnlyRootFilesystem:p AllowPrivilegeEscalation:p ProcMount:p "
        "SeccompProfile:*Profile AppArmorProfile:*Profile"
    ),
    "Volume": (
        "Name HostPath:*HostPath EmptyDir:*EmptyDir GCEPersistentDisk=gcePersistentDisk:p "
        "AWSElasticBlockStore=awsElasticBlockStore:p GitRepo:p Secret:*SecretVolume NFS=nfs:*NFS ISCSI=iscsi:p "
        "Glusterfs:p PersistentVolumeClaim:*Claim RBD=rbd:p Quobyte:p FlexVolume:p Cinder:p CephFS=cephfs:p Flocker:p "
        "DownwardAPI:*DownwardAPI FC=fc:p AzureFile:p ConfigMap:*ConfigMapVolume VsphereVolume:p AzureDisk:p "
        "PhotonPersistentDisk:p Projected:*Projected PortworxVolume:p ScaleIO:p StorageOS=storageos:p CSI=csi:p "
        "Ephemeral:p Image:*ImageVolume"
    ),
    "Affinity": "NodeAffinity:*NodeAffinity PodAffinity:*PodAffinity PodAntiAffinity:*PodAffinity",
    "NodeAffinity": (
        "RequiredDuringSchedulingIgnoredDuringExecution:*NodeSelector "
        "PreferredDuringSchedulingIgnoredDuringExecution:[PreferredTerm"
    ),
    "PodAffinity": (
        "RequiredDuringSchedulingIgnoredDuringExecution:[PodTerm "
        "PreferredDuringSchedulingIgnoredDuringExecution:[WeightedTerm"
    ),
    "NodeSelector": "NodeSelectorTerms:[NodeTerm",
    "NodeTerm": "MatchExpressions:[Requirement MatchFields:[Requirement",
    "Requirement": "Key Operator Values:p",
    "PreferredTerm": "Weight:i Preference:NodeTerm",
    "WeightedTerm": "Weight:i PodAffinityTerm:PodTerm",
    "PodTerm": "LabelSelector:sel Namespaces:p TopologyKey NamespaceSelector:sel MatchLabelKeys:p MismatchLabelKeys:p",
    "Spread": (
        "MaxSkew:i TopologyKey WhenUnsatisfiable LabelSelector:sel MinDomains:p NodeAffinityPolicy:p "
        "NodeTaintsPolicy:p MatchLabelKeys:p"
    ),
    "Toleration": "Key Operator Value Effect TolerationSeconds:p",
    "HostAlias": "IP=ip Hostnames:p",
    "DNSConfig": "Nameservers:p Searches:p Options:[DNSOption",
    "DNSOption": "Name Value:p",
    "Reference": "Name",
    "NameValue": "Name Value",
    "ReadinessGate": "ConditionType",
    "PodClaim": "Name ResourceClaimName:p ResourceClaimTemplateName:p",
    "Resources": "Limits:p Requests:p Claims:[ResourceClaim",
    "ResourceClaim": "Name Request",
    "SELinux": "User Role Type Level",
    "Windows": (
        "GMSACredentialSpecName=gmsaCredentialSpecName:p GMSACredentialSpec=gmsaCredentialSpec:p RunAsUserName:p "
        "HostProcess:p"
    ),
    "Profile": "Type LocalhostProfile:p",
    "Capabilities": "Add:p Drop:p",
    "Port": "Name HostPort:i ContainerPort:i Protocol HostIP",
    "EnvFrom": "Prefix ConfigMapRef:*Optional SecretRef:*Optional",
    "Optional": "Name Optional:p",
    "Env": "Name Value ValueFrom:*EnvSource",
    "EnvSource": (
        "FieldRef:*FieldRef ResourceFieldRef:*ResourceRef ConfigMapKeyRef:*KeyRef SecretKeyRef:*KeyRef "
        "FileKeyRef:*FileRef"
    ),
    "FieldRef": "APIVersion=apiVersion FieldPath",
    "ResourceRef": "ContainerName Resource Divisor:q",
    "KeyRef": "Name Key Optional:p",
    "FileRef": "VolumeName Path Key Optional:p",
    "ResizePolicy": "ResourceName RestartPolicy",
    "RestartRule": "Action ExitCodes:*RestartCodes",
    "RestartCodes": "Operator Values:p",
    "Mount": "Name ReadOnly:b RecursiveReadOnly:p MountPath SubPath MountPropagation:p SubPathExpr",
    "Device": "Name DevicePath",
    "Probe": (
        "Exec:*Exec HTTPGet=httpGet:*HTTPGet TCPSocket=tcpSocket:*TCPSocket GRPC=grpc:*GRPC InitialDelaySeconds:i "
        "TimeoutSeconds:i PeriodSeconds:i SuccessThreshold:i FailureThreshold:i TerminationGracePeriodSeconds:p"
    ),
    "Lifecycle": "PostStart:*Handler PreStop:*Handler StopSignal:p",
    "Handler": "Exec:*Exec HTTPGet=httpGet:*HTTPGet TCPSocket=tcpSocket:*TCPSocket Sleep:*Sleep",
    "Exec": "Command:p",
    "HTTPGet": "Path Port:i Host Scheme HTTPHeaders=httpHeaders:[NameValue",
    "TCPSocket": "Port:i Host",
    "GRPC": "Port:i Service:p",
    "Sleep": "Seconds:i",
    "HostPath": "Path Type:p",
    "EmptyDir": "Medium SizeLimit:p",
    "SecretVolume": "SecretName Items:[KeyToPath DefaultMode:p Optional:p",
    "ConfigMapVolume": "Name Items:[KeyToPath DefaultMode:p Optional:p",
    "KeyToPath": "Key Path Mode:p",
    "NFS": "Server Path ReadOnly:b",
    "Claim": "ClaimName ReadOnly:b",
    "DownwardAPI": "Items:[DownwardFile DefaultMode:p",
    "DownwardFile": "Path FieldRef:*FieldRef ResourceFieldRef:*ResourceRef Mode:p",
    "Projected": "Sources:[Projection DefaultMode:p",
    "Projection": (
        "Secret:*Projected1 DownwardAPI:*Downward1 ConfigMap:*Projected1 ServiceAccountToken:*Token "
        "ClusterTrustBundle:p PodCertificate:p"
    ),
    "Projected1": "Name Items:[KeyToPath Optional:p",
    "Downward1": "Items:[DownwardFile",
    "Token": "Audience ExpirationSeconds:i Path",
    "ImageVolume": "Reference PullPolicy",
}
_ZEROS: dict[str, Any] = {"s": "", "i": 0, "b": False, "p": None, "q": "0"}
_IN_SECURITY_CONTEXT = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")


def internal_form(kind: str, obj: Obj | None) -> Obj | None:
    """An object of one of the types above as the server prints it; None for none."""
    if obj is None:
        return None
    if kind == "PodSpec":
        context = {**(obj.get("securityContext") or {}), **{k: obj[k] for k in _IN_SECURITY_CONTEXT if k in obj}}
        obj = {**obj, "securityContext": context}
    form: Obj = {}
    for field in _TYPES[kind].split():
        if field.startswith("@"):
            form.update(internal_form(field[1:], obj) or {})
            continue
        name, _, of = field.partition(":")
        go_name, _, json_name = name.partition("=")
        form[go_name] = _value(of or "s", obj.get(json_name or go_name[0].lower() + go_name[1:]))
    return form


def internal_template(template: Obj) -> Obj:
    """A pod template as the server prints it: its metadata has JSON names all the same."""
    meta = {key: _sorted(value) for key, value in (template.get("metadata") or {}).items() if value}
    return {**meta, "Spec": internal_form("PodSpec", template.get("spec") or {})}


def _value(of: str, value: Any) -> Any:
    if of in _ZEROS:
        return _ZEROS[of] if value is None else _sorted(value)
    if of == "sel":
        return (
            None if value is None else {key: _sorted(value[key]) for key in sorted(value, reverse=True) if value[key]}
        )
    if of.startswith("["):
        return [internal_form(of[1:], each) for each in value] if value else None
    if of.startswith("*"):
        return internal_form(of[1:], value)
    return internal_form(of, value or {})


def _sorted(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, dict) else value
