"""A plugin for pytest: pyTelegramBotAPI's tests find the sandbox where they look for Telegram."""

import os

from telebot import apihelper

apihelper.API_URL = os.environ["SANDBOX_URL"] + "/bot{0}/{1}"
apihelper.FILE_URL = os.environ["SANDBOX_URL"] + "/file/bot{0}/{1}"
