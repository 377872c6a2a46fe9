"""What the projects made of real data have in common: rows, prompts and the project file."""
import json
import os

HEAD = "---\nname: {}\nmodel:\n  api: chat\n{}---\n"


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def question(row):
    return row["messages"][-2]["content"]


def answer(row):
    return row["messages"][-1]["content"]


def text(out, path, content):
    path = os.path.join(out, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write(content)


def rows(out, path, items):
    text(out, path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in items))


def prompt(out, name, system, shots=(), user="{{input}}", tokens=None):
    turns = "".join(f"\nuser:\n{question(r)}\n\nassistant:\n{answer(r)}\n" for r in shots)
    text(out, f"prompts/{name}.prompty", HEAD.format(name, f"  parameters:\n    max_tokens: {tokens}\n" if tokens else "") + f"system:\n{system}\n{turns}\nuser:\n{user}\n")


def project(out, name, base, description, licence, settings, items):
    """The default glob makes a baseline of every prompt; a prompt with metadata is taken out of it and listed."""
    properties = "".join(f"    <{k}>{v}</{k}>\n" for k, v in settings.items())
    text(out, f"{name}.csproj", f"""<Project Sdk="ModelOps.Sdk/1.0.0">
  <PropertyGroup>
    <PackageId>Contoso.{name}</PackageId>
    <Version>1.0.0</Version>
    <Authors>Contoso</Authors>
    <Description>{description}</Description>
    <PackageLicenseExpression>{licence}</PackageLicenseExpression>
    <BaseModel>{os.path.abspath(base)}</BaseModel>
{properties}  </PropertyGroup>
  <ItemGroup>
{"".join(f"    {item}" + chr(10) for item in items)}  </ItemGroup>
</Project>
""")
