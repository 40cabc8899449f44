"""What reports and the kinds of checks that look at output, requests and records say."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # reports
    "A hidden check": "一項隱藏的檢查",
    "expected: {expected}": "預期：{expected}",
    "actual:   {actual}": "實際：{actual}",
    "why:      {why}": "原因：{why}",
    "next:     {step}": "下一步：{step}",
    "skipped: it needs “{name}”": "略過：需要先通過「{name}」",
    "could not be graded: {why}": "無法評分：{why}",
    "{earned} of {points} points": "得 {earned} 分，滿分 {points} 分",
    "{before}, {n} could not be graded": "{before}，其中 {n} 分無法評分",
    "it can be looked at": "可以檢查",
    "it could not be": "無法檢查",
    "{kind}: {message}": "{kind}：{message}",
    "This is a fault of Labyard: please report it with the output of `lab doctor`.": (
        "這是 Labyard 的問題：請附上 `lab doctor` 的輸出回報。"
    ),
    "it held at first and did not stay so for {n} seconds": "一開始成立，但沒有維持 {n} 秒",
    # text of any output
    "nothing": "沒有任何內容",
    "{items}": "{items}",
    "{items} and {last}": "{items} 與 {last}",
    "{items} and {n} more": "{items} 以及另外 {n} 個",
    "{subject} contains “{wanted}”": "{subject}包含「{wanted}」",
    "{subject} does not contain “{unwanted}”": "{subject}不包含「{unwanted}」",
    "{subject} matches /{wanted}/": "{subject}符合 /{wanted}/",
    # command
    'commands are recorded in `lab shell`, or after `eval "$(lab env)"`': (
        '只有在 `lab shell` 裡，或執行 `eval "$(lab env)"` 之後，指令才會被記錄'
    ),
    "no command was recorded": "沒有記錄到任何指令",
    "seen {n} times": "出現 {n} 次",
    "the last ones: {lines}": "最近的幾道：{lines}",
    "{n} of {total} commands": "{total} 道指令中有 {n} 道",
    "{n} × a command like /{pattern}/": "{n} × 符合 /{pattern}/ 的指令",
    "{n} × {what}": "{n} × {what}",
    "{request} at the API server": "對 API server 的 {request} 請求",
    # events
    " about {about}": "（關於 {about}）",
    " saying /{message}/": "，訊息符合 /{message}/",
    "{what}{about}{message}": "{what}{about}{message}",
    "event {reason}": "事件 {reason}",
    "an event": "事件",
    "events about it so far: {reasons}": "目前相關的事件有：{reasons}",
    "there are no events about it": "沒有任何相關的事件",
    # exec and logs
    "`{line}` in pod {pod}": "在 Pod {pod} 裡執行 `{line}`",
    "a running container of {subject}": "{subject} 有執行中的容器",
    "code {code}: {output}": "結束代碼 {code}：{output}",
    "it cannot be run: {reason}": "無法執行：{reason}",
    "it still runs": "還在執行",
    "the output of {where}": "{where}的輸出",
    "the pod has no container named {name}": "這個 Pod 沒有名為 {name} 的容器",
    "{where} ends with code {code}": "{where}以代碼 {code} 結束",
    "{where} ends within {n} seconds": "{where}在 {n} 秒內結束",
    "logs of {subject}": "{subject} 的日誌",
    "the log of {subject}": "{subject} 的日誌",
    "{reason}": "{reason}",
    # http and reaching services
    "an answer of {subject}": "{subject} 的回應",
    "it answers {status}": "它回應 {status}",
    "no answer: {reason}": "沒有回應：{reason}",
    "pod {name}{port}": "Pod {name}{port}",
    "the answer of {who}": "{who}的回應",
    "{status}: {body}": "{status}：{body}",
    "{who} answers {status}": "{who}回應 {status}",
    "{who} answers": "{who}有回應",
    "{who} does not answer": "{who}沒有回應",
    "{who} ({address})": "{who}（{address}）",
    "a pod to ask from": "用來發出請求的 Pod",
    "a service of type {kind} has no address outside the cluster": "{kind} 類型的 Service 在叢集外沒有位址",
    "each ready pod answers for {who}": "{who}背後的每個就緒 Pod 都有回應",
    "it has no address outside": "它在叢集外沒有位址",
    "the service from outside": "從叢集外連線的 Service ",
    "the service inside the cluster": "叢集內的 Service ",
    "{pod} never did": "{pod} 從未回應",
    # the environment's own trouble
    "Run `lab start` again: it brings the cluster back with its objects.": (
        "再執行一次 `lab start`：叢集會連同裡面的物件一起回來。"
    ),
    "The cluster at {host} does not answer ({reason}).": "位於 {host} 的叢集沒有回應（{reason}）。",
    "Stop the lab with `lab stop` and start it again; the kubeconfig is written anew.": (
        "用 `lab stop` 停止實驗再重新啟動，kubeconfig 會重新產生。"
    ),
    "The kubeconfig {path} cannot be used: {reason}.": "無法使用 kubeconfig {path}：{reason}。",
    "Run `lab check` again; if it stays so, `lab stop` and `lab start` begin anew.": (
        "再執行一次 `lab check`；若仍然如此，請用 `lab stop` 與 `lab start` 重新開始。"
    ),
    "The cluster could not answer: {reason}.": "叢集無法回應：{reason}。",
    "the cluster answers": "叢集有回應",
    "{status}: {reason}": "{status}：{reason}",
}
