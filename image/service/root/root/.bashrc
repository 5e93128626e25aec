# Interactive shells inside screen are not login shells.
. /etc/profile
