"""What can be wrong with texts: secrets in the open, characters, what only Python or CDK can read.

The secrets are made up, and put together here, so that nobody's scanner takes this file for a leak.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from .faults import Document, Places, added, changed, fault, near, steps
from .faults_of_steps import call
from .support import get

WHERE = "Arguments.x"
LETTERS = "Ab3dEf6hIj9lMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz"
JSON = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")

SECRETS = [
    "AKIA" + "Q3EGRXYZ2345ABCD",
    "ASIA" + "Q3EGRXYZ2345ABCD",
    "IQoJb3JpZ2lu" + LETTERS + LETTERS,
    "FwoGZXIvYXdz" + LETTERS + LETTERS,
    "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIE",
    "-----BEGIN " + "PRIVATE KEY-----\nMIIE",
    *(f"gh{kind}_" + LETTERS[:36] for kind in "pousr"),
    "github" + "_pat_" + LETTERS[:40],
    "glpat" + "-" + LETTERS[:20],
    *(f"xox{kind}-" + "123456789012-" + LETTERS[:12] for kind in "abeprs"),
    "https://hooks.slack" + ".com/services/T000/B000/" + LETTERS[:24],
    "hf" + "_" + LETTERS[:34],
    "sk" + "-" + LETTERS[:48],
    "sk" + "-proj-" + LETTERS[:48],
    "sk" + "-ant-" + LETTERS[:48],
    "sk" + "_live_" + LETTERS[:24],
    "rk" + "_live_" + LETTERS[:24],
    "AIza" + LETTERS[:35],
    "dapi" + "0123456789abcdef" * 2,
    "SG" + "." + LETTERS[:22] + "." + LETTERS[:43],
    "npm" + "_" + LETTERS[:36],
    "pypi-" + "AgE" + LETTERS,
    f"{JSON}.{JSON}.{LETTERS[:43]}",
    "postgres://user:" + "hunter22@db.internal:5432/models",
    "redis://:" + "hunter22@cache.internal",
    "my://u:" + "hunter2@h",
    "DefaultEndpointsProtocol=https;AccountName=a;Account" + f"Key={LETTERS}",
    "{{resolve:secretsmanager:" + "prod/db:SecretString:password}}",
    "{{resolve:ssm-secure:" + "/prod/db/password}}",
]

INNOCENT = [
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf",
    "AKIA",
    "XAKIAQ3EGRXYZ2345ABCD",
    "AKIAQ3EGRXYZ2345ABCDE",
    "-----BEGIN CERTIFICATE-----\nMIIE",
    "ghp_short",
    "hf_model_of_the_hub",
    "s3://bucket/hf_" + LETTERS[:20],
    "sk-learn-and-other-libraries-that-have-long-names",
    "xoxo-with-love-from-the-team",
    "eyJhbGciOiJIUzI1NiJ9 is the head of a token",
    "postgres://user@db.internal:5432/models",
    "postgres://user:${PASSWORD}@db.internal/models",
    "postgres://user:<password>@db.internal/models",
    "https://host:8443/path@version",
    "{{resolve:ssm:/prod/image}}",
    "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image@sha256:" + "0123456789abcdef" * 4,
    "0123456789abcdef0123456789abcdef01234567",
]

NAMES = [
    "PASSWORD", "PGPASSWORD",
    "DB_PASSWORD", "dbPassword", "passwd", "PGPASSWD", "ssh-passphrase", "pwd", "CLIENT_SECRET", "secret",
    "HF_TOKEN", "token", "apiKey", "API_KEY", "WANDB_API_KEY", "apikey", "SecretAccessKey", "AWS_SECRET_ACCESS_KEY",
    "DB_PASS", "DBPASS", "userPass", "bearer",
    "private_key", "ssh-key", "accountKey", "secretKey", "auth_key", "spark.hadoop.fs.s3a.secret.key", "credentials",
]  # fmt: skip

INNOCENT_NAMES = [
    "PASSWORD_LENGTH", "SECRET_ARN", "TOKEN_URL", "max_tokens", "tokenizer", "eos_token", "pad_token", "NextToken",
    "ClientRequestToken", "KmsKeyId", "AWS_ACCESS_KEY_ID", "primary_key", "key", "Key", "api", "secretary", "passage",
    "stop-token", "first_pass", "pass", "bearer-format", "",
]  # fmt: skip

VALUES = ["hunter22", "ab12", "Ab/Cd3Ef6", "correct horse", "12345678"]

INNOCENT_VALUES = [
    "", "abc", "true", "None", "required", "s3://bucket/key", "arn:aws:secretsmanager:x", "/run/secrets/db",
    "prod/db/main", "https://vault.internal/db", "${DB_PASSWORD}", "{{resolve:ssm:x}}", "<your token>", "[MASK]", "***",
    "xxxxxxxx",
    "${Token[TOKEN.1]}abcd", "./token.txt", "file:token", "$TOKEN1", "ssm:token",
]  # fmt: skip


def with_text(document: Document, text: Any, key: str = "x") -> Iterator[None]:
    with added(document["Steps"], call("OurCall", Arguments={key: text})):
        yield


@fault("secret", "warning")
def a_secret_in_an_argument(document: Document) -> Places:
    for secret in SECRETS:
        for text in (secret, f"prefix {secret} suffix"):
            for _ in with_text(document, text):
                yield "OurCall", WHERE


@fault("secret", "warning")
def a_secret_anywhere(document: Document) -> Places:
    secret = SECRETS[0]
    for one in steps(document):
        with changed(one, "Description", f"uses {secret}"):
            yield one["Name"], "Description"
    for one in steps(document, "Training"):
        for key in ("Environment", "HyperParameters"):
            with changed(one["Arguments"], key, {"A": secret}):
                yield one["Name"], f"Arguments.{key}.A"
        with changed(one["Arguments"], "Environment", {"A": {"Std:Join": {"On": "", "Values": [secret]}}}):
            yield one["Name"], "Arguments.Environment.A.Std:Join.Values[0]"
    for index, parameter in enumerate(document["Parameters"]):
        with changed(parameter, "DefaultValue", secret):
            yield None, f"Parameters[{index}].DefaultValue"
        with changed(parameter, "EnumValues", [secret]):
            yield None, f"Parameters[{index}].EnumValues[0]"


@near("secret")
def what_only_looks_like_a_secret(document: Document) -> Iterator[None]:
    for text in INNOCENT:
        yield from with_text(document, text)


@fault("secret-name", "warning")
def a_name_that_tells_of_a_secret(document: Document) -> Places:
    for name in NAMES:
        for value in VALUES:
            for _ in with_text(document, value, name):
                yield "OurCall", f"Arguments.{name}"
            with added(
                document["Parameters"], {"Name": name.replace(".", "-"), "Type": "String", "DefaultValue": value}
            ):
                yield None, f"Parameters[{len(document['Parameters']) - 1}].DefaultValue"
    with added(document["Parameters"], {"Name": "DbPassword", "Type": "String", "EnumValues": ["a", "hunter22"]}):
        yield None, f"Parameters[{len(document['Parameters']) - 1}].EnumValues[1]"


@fault("secret-name", "warning")
def a_secret_of_a_command_or_a_pair(document: Document) -> Places:
    for name in ("db-password", "token"):
        for listed, index in (
            (["a.py", f"--{name}", "hunter22"], 2),
            (["a.py", f"--{name}=hunter22"], 1),
            ([f"{name}=hunter22"], 0),
            (["sh", "-c", f"export {name.replace('-', '_')}='hunter22' && python a.py"], 2),
        ):
            for one in steps(document, "Processing"):
                specification = one["Arguments"]["AppSpecification"]
                with changed(specification, "ContainerArguments", listed):
                    yield one["Name"], f"Arguments.AppSpecification.ContainerArguments[{index}]"
        for one in steps(document, "Training", "Processing", "Transform"):
            with changed(one["Arguments"], "Tags", [{"Key": name, "Value": "hunter22"}]):
                yield one["Name"], "Arguments.Tags[0].Value"


@near("secret-name")
def names_and_values_that_are_no_secrets(document: Document) -> Iterator[None]:
    for name in INNOCENT_NAMES:
        yield from with_text(document, "hunter22", name)
    for name in ("PASSWORD", "HF_TOKEN"):
        for value in (*INNOCENT_VALUES, name.lower(), get("Execution.PipelineName"), 5, True):
            yield from with_text(document, value, name)
    for one in steps(document, "Processing"):
        specification = one["Arguments"]["AppSpecification"]
        for listed in (
            ["--password-file", "hunter22"],
            ["--token", "--verbose"],
            ["password", "hunter22"],
            ["--x", "--tokens=hunter22"],
            ["select password = hunter22"],
            ["--token", "s3://bucket/key"],
            ["sh", "-c", "export TOKEN=$(cat token) && export PASSWORD_FILE=hunter22"],
        ):
            with changed(specification, "ContainerArguments", listed):
                yield
    for one in steps(document, "Training"):
        with changed(one["Arguments"], "Tags", [{"Key": "team", "Value": "token"}, {"Key": "a", "Value": "b"}]):
            yield


# -- characters -------------------------------------------------------------------------------------------------------

surrogates = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF, categories=["Cs"])
controls = st.sampled_from([chr(code) for code in range(32) if chr(code) not in "\t\n\r"] + ["\x7f"])


@fault("no-unicode", values=surrogates)
def half_of_a_character(document: Document, half: str) -> Places:
    for one in steps(document):
        with changed(one, "Description", f"a{half}"):
            yield one["Name"], "Description"
    for _ in with_text(document, half):
        yield "OurCall", WHERE
    with changed(document, "Metadata", {"k": half}):
        yield None, "Metadata.k"
    with added(document["Steps"], call("OurCall", Arguments={half: "x"})):
        yield "OurCall", "Arguments"


@near("no-unicode")
def characters_of_every_plane(document: Document) -> Iterator[None]:
    for text in ("é", "日本", "😀", "\ue000", "\ud7ff", "\u200b", "\ufeff"):
        yield from with_text(document, text)


@fault("control-character", "warning", values=controls)
def a_character_of_a_terminal(document: Document, character: str) -> Places:
    for one in steps(document):
        with changed(one, "Description", f"a{character}b"):
            yield one["Name"], "Description"


@fault("control-character", "warning")
def a_line_end_in_a_place(document: Document) -> Places:
    for one in steps(document):
        for blank in "\t\n\r":
            with changed(one, "Description", f"s3://b/a{blank}b"):
                yield one["Name"], "Description"


@near("control-character")
def blanks(document: Document) -> Iterator[None]:
    for text in ("\t", "a\nb", "\r\n", "\u00a0", "\u2028", "\x85"):
        yield from with_text(document, text)


@fault("list-token")
def a_list_of_the_deployment(document: Document) -> Places:
    for token in ("#{Token[TOKEN.1]}", "#{Token[Bucket.Arn.1]}"):
        for _ in with_text(document, [token]):
            yield "OurCall", WHERE
        for _ in with_text(document, token):
            yield "OurCall", WHERE


@near("list-token")
def a_text_of_the_deployment(document: Document) -> Iterator[None]:
    for text in ("${Token[TOKEN.1]}", "#{Token}", "#{x}"):
        yield from with_text(document, text)


@fault("broken-placeholder")
def a_piece_of_a_placeholder(document: Document) -> Places:
    for text in ("a${SageMaker:eyJ", "${sagemaker:eyj}", "${SageMake"):
        for _ in with_text(document, text):
            yield "OurCall", WHERE
        with added(document["Steps"], call("OurCall", Arguments={text: "x"})):
            yield "OurCall", "Arguments"


@fault("printed-object")
def what_python_writes_of_an_object(document: Document) -> Places:
    for text in (
        "s3://<aws_cdk.aws_s3.Bucket object at 0x7f7edb9f4890>/x",
        "<bound method Step.name of <x>> <function f at 0x7f7edb9f>",
        "after <ProcessingStep 'Prepare'>",
        "[<Parameter 'Parameters.N'>]",
        '{\'a\': <Join {"Std:Join": {"On": "", "Values": []}}>}',
    ):
        for _ in with_text(document, text):
            yield "OurCall", WHERE


@near("printed-object")
def a_text_in_angle_brackets(document: Document) -> Iterator[None]:
    for text in ("<a href='x'>", "<p at 0x12>", "<Step 1>", "<Parameter 'N'>", "an object at 0x7f7edb9f4890", "a < b"):
        yield from with_text(document, text)


@near("broken-placeholder")
def a_text_with_a_dollar(document: Document) -> Iterator[None]:
    for text in ("${SageMaker}", "$SageMaker:x", "{SageMaker:x}", "${STAGE}"):
        yield from with_text(document, text)


@fault("printed-object")
def a_thing_that_is_no_text(document: Document) -> Places:
    things: list[Any] = [document.keys, len, "".join, with_text, lambda: None, dict, base64, object(), iter("a")]
    for thing in (*things, (x for x in "a"), "<FailStep 'A'>"):
        for _ in with_text(document, f"s3://bucket/{thing}/"):
            yield "OurCall", WHERE


@near("printed-object")
def a_text_with_tags(document: Document) -> Iterator[None]:
    for text in ("<method>", "<class>", "a < b object at > c", "<function f>", "an object at 0xFF", "<p class='x'>"):
        yield from with_text(document, text)
