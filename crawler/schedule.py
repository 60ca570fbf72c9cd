"""How to have Tocsin run each hour on this machine: a crontab line, or systemd units."""

import shlex
import sys
from pathlib import Path

from crawler.home import Home

UNITS = """# ~/.config/systemd/user/tocsin.service
[Unit]
Description=Tocsin: one crawl, build and export
After=network-online.target

[Service]
Type=oneshot
ExecStart={unit_command} run --json
SuccessExitStatus=3 75
TimeoutStopSec=15
Nice=10

# ~/.config/systemd/user/tocsin.timer
[Unit]
Description=Tocsin each hour

[Timer]
OnCalendar=*-*-* *:{minute:02d}:00
RandomizedDelaySec=120
Persistent=true

[Install]
WantedBy=timers.target"""


def schedule(home: Home, minute: int) -> str:
    """Text to paste: the crontab line, and two systemd units with the commands that start them."""
    program = [str(Path(sys.executable).with_name("tocsin")), "--home", str(home.root)]
    command = shlex.join(program)
    log = shlex.quote(str(home.root / "data" / "cron.log"))
    line = f"{minute} * * * *  {command} run --json >> {log} 2>&1".replace("%", r"\%")
    unit = " ".join(f'"{word}"' if " " in word else word for word in program).replace("%", "%%")
    return (
        "# cron: add this line with 'crontab -e'. Exit 75: the last run is still at work.\n"
        f"{line}\n\n# or systemd: two files, then\n"
        "#   systemctl --user enable --now tocsin.timer; loginctl enable-linger\n"
        f"{UNITS.format(unit_command=unit, minute=minute)}\n\n"
        f"# and to be told when it fails: {command} status  (exits with 3)"
    )
