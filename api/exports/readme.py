"""What the archive of a case says of itself, in Chinese and English: how anybody can check it."""

ZH = """案件证据材料 {number}

本压缩包内容
  案件证据材料.pdf    事实、图片、取证要求、办理过程、摘要
  pictures/           遮盖后的图片（人脸及无关车辆号牌已遮盖）
  manifest.json       原始证据包的清单：每个原始文件的 SHA-256 与 SM3
  signature.json      原始证据包的签名
  masking.json        每张图片的遮盖方式，以及原图与遮盖图的摘要
  public-key.pem      签名用公钥
  export.json         本压缩包其余文件的 SHA-256，并签名

如何核验（需要 OpenSSL 3，无需本系统软件；在本目录中执行）
1. 文件未被改动：将 export.json 中 "files" 所列摘要与下列命令的结果比较
     sha256sum *.pdf README.txt *.pem manifest.json signature.json masking.json pictures/*
2. export.json 由该密钥签名
     sed '/^"signature"/,$d' export.json > statement
     sed -n 's/^"signature": "\\(.*\\)"$/\\1/p' export.json | xxd -r -p > statement.sig
     openssl pkeyutl -verify -rawin -pubin -inkey public-key.pem \\
       -in statement -sigfile statement.sig
   signature.json 可用同样方法核验。
3. 公钥属于该单位：将 public-key.pem 与该单位公布的公钥比较。密钥编号 {key_id}
   是公钥 32 字节的 SHA-256。
4. 清单属于本案：manifest.json 的 SHA-256 应为
     {manifest_sha256}
   与 PDF、二维码及系统所存一致。

遮盖图与原图不同，因此摘要也不同。需要原图时，请按规定申请调阅封存的证据包，
并用 skyeye verify 核验。
"""
EN = """Evidence of case {number}

What this archive holds
  案件证据材料.pdf    facts, pictures, legal profiles, history, hashes (in Chinese)
  pictures/           masked pictures: faces and plates of others are hidden
  manifest.json       the sealed packet's manifest: SHA-256 and SM3 of every original file
  signature.json      the sealed packet's signature
  masking.json        how each picture was masked, with the hashes of original and copy
  public-key.pem      the public key that signed
  export.json         SHA-256 of all other files of this archive, signed

How to check it (with OpenSSL 3 and nothing of this system; in this folder)
1. No file was altered: compare the hashes under "files" in export.json with those of
     sha256sum *.pdf README.txt *.pem manifest.json signature.json masking.json pictures/*
2. export.json was signed by that key:
     sed '/^"signature"/,$d' export.json > statement
     sed -n 's/^"signature": "\\(.*\\)"$/\\1/p' export.json | xxd -r -p > statement.sig
     openssl pkeyutl -verify -rawin -pubin -inkey public-key.pem \\
       -in statement -sigfile statement.sig
   signature.json is checked in the same way.
3. The key is the office's: compare public-key.pem with the one that it publishes. The key's id
   {key_id} is the SHA-256 of its 32 bytes.
4. The manifest is this case's: the SHA-256 of manifest.json must be
     {manifest_sha256}
   as in the PDF, in the QR code and in the system.

A masked picture differs from its original, and so does its hash. Ask for the sealed packet where
the original is needed, and check that with `skyeye verify`.
"""


def readme(number: str, manifest_sha256: str, key_id: str) -> bytes:
    """The README of a case's archive."""
    told = {"number": number, "manifest_sha256": manifest_sha256, "key_id": key_id}
    return (ZH.format(**told) + "\n" + "-" * 72 + "\n\n" + EN.format(**told)).encode()
