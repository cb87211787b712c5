"""Official lists that several rooms share: closed, coded, each member with its Chinese word."""

from __future__ import annotations

from enum import StrEnum


class Labelled(StrEnum):
    """A closed list whose members carry the Chinese word people see (source text of gettext)."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Labelled:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class NationalField(Labelled):
    """The eight fields of the national action plan (国办发〔2016〕28号 item 1, read in full)."""

    information_network = "information_network", "新一代信息网络"
    smart_green_manufacturing = "smart_green_manufacturing", "智能绿色制造"
    modern_agriculture = "modern_agriculture", "现代农业"
    modern_energy = "modern_energy", "现代能源"
    resources_ecology = "resources_ecology", "资源高效利用和生态环保"
    ocean_space = "ocean_space", "海洋和空间"
    smart_city = "smart_city", "智慧城市和数字社会"
    population_health = "population_health", "人口健康"


class Region(Labelled):
    """Province-level divisions by the codes of GB/T 2260."""

    beijing = "110000", "北京"
    tianjin = "120000", "天津"
    hebei = "130000", "河北"
    shanxi = "140000", "山西"
    inner_mongolia = "150000", "内蒙古"
    liaoning = "210000", "辽宁"
    jilin = "220000", "吉林"
    heilongjiang = "230000", "黑龙江"
    shanghai = "310000", "上海"
    jiangsu = "320000", "江苏"
    zhejiang = "330000", "浙江"
    anhui = "340000", "安徽"
    fujian = "350000", "福建"
    jiangxi = "360000", "江西"
    shandong = "370000", "山东"
    henan = "410000", "河南"
    hubei = "420000", "湖北"
    hunan = "430000", "湖南"
    guangdong = "440000", "广东"
    guangxi = "450000", "广西"
    hainan = "460000", "海南"
    chongqing = "500000", "重庆"
    sichuan = "510000", "四川"
    guizhou = "520000", "贵州"
    yunnan = "530000", "云南"
    tibet = "540000", "西藏"
    shaanxi = "610000", "陕西"
    gansu = "620000", "甘肃"
    qinghai = "630000", "青海"
    ningxia = "640000", "宁夏"
    xinjiang = "650000", "新疆"
    taiwan = "710000", "台湾"
    hong_kong = "810000", "香港"
    macao = "820000", "澳门"
