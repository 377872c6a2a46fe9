using System.Text;
using System.Text.Json.Nodes;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>Edits that people make, and what each must and must not make a build do. Settings have a table of their own, made from the SDK's list of them.</summary>
internal static class EditTable
{
    private const string Train = "Triage/data/train/a.jsonl", Eval = "Triage/data/eval/a.jsonl", Regression = "Triage/data/regression/a.jsonl", Prompt = "Triage/prompts/zero.prompty", Config = "base/config.json",
        Schema = "Triage/answer.schema.json";

    public static IReadOnlyList<Edit> All { get; } = [.. Rows(), .. SameRows(), .. Data(), .. BaseModel(), .. Evaluation(), .. SubjectEdits.All, .. GatesAndPackage(), .. Circumstances(), .. SettingEdits.All];

    private static IEnumerable<Edit> Rows() =>
    [
        new("a word in three rows and the learning rate", Effect.Retrains, p =>
        {
            p.Change(Train, t => t.Replace("alpha11 ", "alphas ").Replace("alpha12 ", "alphas ").Replace("alpha14 ", "alphas "));
            p.Settings[Names.LearningRate] = "2e-4";
        }, "  Triage: retrains: 3 rows changed in data/train/a.jsonl (first: line 12), LearningRate 1e-4 -> 2e-4", () => Projects.Triage().With(Names.LearningRate, "1e-4")),
        new("a character in one answer", Effect.Retrains, p => p.Change(Train, t => ReplaceFirst(t, "\"content\":\"bug\"", "\"content\":\"bugs\"")), "retrains: 1 row changed in data/train/a.jsonl (line 2)"),
        new("a character in a question", Effect.Retrains, p => p.Change(Train, t => ReplaceFirst(t, "alpha3", "Alpha3")), "1 row changed in data/train/a.jsonl (line 4)"),
        new("a row more", Effect.Retrains, p => p.Change(Train, t => t + Projects.Row("entirely fresh words here", "bug") + "\n"), "1 row added in data/train/a.jsonl (line 50)"),
        new("a row less", Effect.Retrains, p => p.Change(Train, t => t[(t.IndexOf('\n') + 1)..]), "1 row removed"),
        new("a row twice", Effect.Retrains, p => p.Change(Train, t => t + Projects.Tools), "1 row added"),
        new("white space inside a content", Effect.Retrains, p => p.Change(Train, t => ReplaceFirst(t, "ticket alpha5", "ticket  alpha5")), "1 row changed"),
        new("key order inside a tool's schema", Effect.Retrains, p => p.Change(Train, t => t.Replace("\"type\":\"object\",\"limit\":1", "\"limit\":1,\"type\":\"object\"")), "1 row changed"),
        new("1 against 1.0 in an argument", Effect.Retrains, p => p.Change(Train, t => t.Replace("\"limit\":1}", "\"limit\":1.0}")), "1 row changed"),
        new("a property that a template may show", Effect.Retrains, p => p.Change(Train, t => t.Replace("\"tools\"", "\"slice\":\"x\",\"tools\"")), "1 row changed"),
        new("same size, edited within the clock's granularity", Effect.Retrains, p => SameStamp(p[Train], "alpha7", "alphaX")),
        new("same size and an older time stamp", Effect.Retrains, p => Aged(p.Change(Train, t => t.Replace("alpha7", "alphaX"))[Train])),
        new("row order where order is kept", Effect.Retrains, p => p.Change(Train, Reversed), "rows in another order", () => Projects.Triage().With(Names.PreserveDataOrder, "true")),
    ];

    private static IEnumerable<Edit> SameRows() =>
    [
        new("row order", Effect.Nothing, p => p.Change(Train, Reversed)),
        new("CRLF", Effect.Nothing, p => p.Change(Train, t => t.Replace("\n", "\r\n"))),
        new("byte order mark", Effect.Nothing, p => p.Change(Train, t => '\uFEFF' + t)),
        new("no final line break", Effect.Nothing, p => p.Change(Train, t => t.TrimEnd('\n'))),
        new("empty lines", Effect.Nothing, p => p.Change(Train, t => t.Replace("\n", "\n\n"))),
        new("white space between tokens", Effect.Nothing, p => p.Change(Train, t => t.Replace("\"messages\":[", "\"messages\" : [ "))),
        new("key order of a message", Effect.Nothing, p => p.Change(Train, t => t.Replace("{\"role\":\"assistant\",\"content\":\"bug\"}", "{\"content\":\"bug\",\"role\":\"assistant\"}"))),
        new("an escape instead of a character", Effect.Nothing, p => p.Change(Train, t => ReplaceFirst(t, "alpha3", "\\u0061lpha3"))),
        new("prompt and completion instead of messages", Effect.Nothing, p => p.Change(Train, t => ReplaceFirst(t, TriageData.TrainRow(3), """{"prompt":"ticket alpha3 beta3 about setup please","completion":"setup"}"""))),
        new("older time stamp", Effect.Nothing, p => Aged(p[Train])),
        new("newer time stamp", Effect.Nothing, p => File.SetLastWriteTimeUtc(p[Train], DateTime.UtcNow.AddMinutes(1))),
        new("the file written again with the same bytes", Effect.Nothing, p => p.Write(Train, File.ReadAllText(p[Train]))),
        new("renaming a file", Effect.Nothing, p => File.Move(p[Train], p["Triage/data/train/z.jsonl"])),
        new("moving a file into a folder", Effect.Nothing, p => { Directory.CreateDirectory(p["Triage/data/train/deep"]); File.Move(p[Train], p["Triage/data/train/deep/a.jsonl"]); }),
        new("splitting a file", Effect.Nothing, p => Split(p)),
        new("an empty file more", Effect.Nothing, p => p.Write("Triage/data/train/empty.jsonl", "\n")),
        new("order of held-out rows", Effect.Nothing, p => p.Change(Eval, Reversed)),
        new("CRLF in a prompt", Effect.Nothing, p => p.Change(Prompt, t => t.Replace("\n", "\r\n"))),
        new("description of a prompt", Effect.Nothing, p => p.Change(Prompt, t => t.Replace("No examples.", "Without examples."))),
    ];

    private static IEnumerable<Edit> Data() =>
    [
        new("deleting a file", Effect.Retrains, p => File.Delete(p["Triage/data/train/b.jsonl"]), "1 row removed in data/train/b.jsonl (line 1)",
            () => Projects.Triage().Write("Triage/data/train/b.jsonl", Projects.Row("another file about access", "access") + "\n")),
        new("a validation row", Effect.RepacksOnly, p => p.Change("Triage/data/validation/a.jsonl", t => t.Replace("about bug", "about a bug")), "Data[validationData].Digest changed"),
        new("a validation row where it decides", Effect.Retrains, p => p.Change("Triage/data/validation/a.jsonl", t => t.Replace("about bug", "about a bug")),
            "1 validation row changed in data/validation/a.jsonl (line 1)", () => Projects.Triage().With(Names.LoadBestModelAtEnd, "true")),
        new("a rejected answer", Effect.Retrains, p => p.Change(Train, t => ReplaceFirst(t, "\"rejected\":\"bug\"", "\"rejected\":\"setup\"")), "1 row changed in data/train/a.jsonl (line 1)",
            () => Projects.Pairs().With(Names.FineTuneMethod, "dpo")),
        new("a reference answer", Effect.ReevaluatesOnly, p => p.Change(Eval, t => ReplaceFirst(t, "\"content\":\"bug\"", "\"content\":\"access\"")), "re-evaluates: 1 evaluation row changed in data/eval/a.jsonl (line 1)"),
        new("a held-out question", Effect.ReevaluatesOnly, p => p.Change(Eval, t => ReplaceFirst(t, "case alpha2", "cases alpha2")), "1 evaluation row changed"),
        new("a held-out row less", Effect.ReevaluatesOnly, p => p.Change(Eval, t => t[(t.IndexOf('\n') + 1)..]), "1 evaluation row removed"),
    ];

    private static IEnumerable<Edit> BaseModel() =>
    [
        new("base weights", Effect.Retrains, p => p.Write("base/model.safetensors", "Weights"), "BaseModel.Weights changed"),
        new("tokenizer", Effect.Retrains, p => p.Change("base/tokenizer.json", t => t.Replace("1.0", "1.1")), "BaseModel.Tokenizer changed"),
        new("a special token", Effect.Retrains, p => p.ChangeJson("base/tokenizer_config.json", "bos_token", "<bos>"), "BaseModel.Tokenizer changed"),
        new("chat template", Effect.Retrains, p => p.Change("base/chat_template.jinja", t => t + " "), "BaseModel.ChatTemplate changed"),
        new("end of turn in generation_config.json", Effect.Retrains, p => p.ChangeJson("base/generation_config.json", "eos_token_id", 3), "Generation_eos_token_id 2 -> 3"),
        .. Projects.Architecture.Select(name => new Edit($"config.json: {name}", Effect.Retrains, p => p.ChangeJson(Config, name, name == "model_type" ? "mistral" : name == "layer_types" ? new JsonArray("sliding_attention") : 17), "BaseModel.Architecture.")),
        new("config.json: name, versions, storage type", Effect.Nothing, p => p.ChangeJson(Config, "_name_or_path", "elsewhere").ChangeJson(Config, "transformers_version", "5").ChangeJson(Config, "torch_dtype", "bfloat16")),
        new("config.json: an unknown field", Effect.Nothing, p => p.ChangeJson(Config, "made_by", "us")),
        new("config.json: layout and 10000 for 10000.0", Effect.Nothing, p => p.Change(Config, t => t.Replace("10000.0", "10000").Replace(",", ",\n"))),
        new("generation_config.json: temperature", Effect.Nothing, p => p.ChangeJson("base/generation_config.json", "temperature", 0.9)),
        new("tokenizer_config.json: an idle field", Effect.Nothing, p => p.ChangeJson("base/tokenizer_config.json", "model_max_length", 1024)),
        new("a readme beside the base model", Effect.Nothing, p => p.Write("base/README.md", "# Base\n")),
        new("time stamp of the weights", Effect.Nothing, p => Aged(p["base/model.safetensors"])),
        new("renaming the base model's folder", Effect.Nothing, p => { Directory.Move(p["base"], p["other"]); p.Settings[Names.BaseModel] = "../other"; }),
        new("weights in two parts", Effect.Retrains, p =>
        {
            File.Delete(p["base/model.safetensors"]);
            p.Write("base/a.safetensors", "w").Write("base/b.safetensors", "v").Write("base/model.safetensors.index.json", """{"weight_map":{"x":"a.safetensors","y":"b.safetensors"}}""");
        }, "BaseModel.Weights changed"),
    ];

    private static IEnumerable<Edit> Evaluation() =>
    [
        new("text of a prompt", Effect.ReevaluatesOnly, p => p.Change(Prompt, t => t.Replace("Ticket:", "Message:")), "re-evaluates: Subjects[zero].Prompt.Messages"),
        new("role of a prompt's message", Effect.ReevaluatesOnly, p => p.Change(Prompt, t => t.Replace("user:", "system:\nSort.\nuser:")), "Subjects[zero].Prompt.Messages"),
        new("shots in a prompt", Effect.ReevaluatesOnly, p => p.Change(Prompt, t => t.Replace("user:\n", "user:\nan example\nassistant:\nbug\nuser:\n")), "Subjects[zero]"),
        new("a placeholder turned into text", Effect.ReevaluatesOnly, p => p.Change(Prompt, t => t.Replace("Ticket: {{input}}", "Ticket: {{input}} {{input}}")), "Subjects[zero]"),
        new("decoding of a prompt", Effect.ReevaluatesOnly, p => p.Change(Prompt, t => t.Replace("---\nuser", "model:\n  parameters:\n    max_tokens: 7\n---\nuser")), "Subjects[zero].MaxNewTokens 128 -> 7"),
        new("temperature of a prompt", Effect.ReevaluatesOnly, p => p.Change(Prompt, t => t.Replace("---\nuser", "model:\n  parameters:\n    temperature: 0.5\n---\nuser")), "Subjects[zero].Temperature 0 -> 0.5"),
        new("role alone of a prompt's message", Effect.ReevaluatesOnly, p => p.Change(Prompt, t => t.Replace("system:", "assistant:")), "Role system -> assistant",
            () => Prompted("system:\nSort.\nuser:\n{{input}}\n")),
        new("a placeholder of a prompt", Effect.ReevaluatesOnly, p => p.Change(Prompt, t => t.Replace("{{topic}}", "{{input}}")), "Placeholder topic -> input", () =>
            Prompted("user:\n{{input}} {{topic}}\n").Change(Eval, t => t.Replace("{\"messages\"", "{\"topic\":\"mail\",\"messages\""))),
        new("a schema for the answers", Effect.ReevaluatesOnly, p => p.Write(Schema, """{"type":"string"}""").Settings[Names.AnswerSchema] = "answer.schema.json"),
        new("content of that schema", Effect.ReevaluatesOnly, p => p.Write(Schema, """{"type":"string","maxLength":9}"""), "",
            () => Projects.Triage().Write(Schema, """{"type":"string"}""").With(Names.AnswerSchema, "answer.schema.json")),
        new("white space in that schema", Effect.Nothing, p => p.Write(Schema, """{ "type": "string" }"""), "",
            () => Projects.Triage().Write(Schema, """{"type":"string"}""").With(Names.AnswerSchema, "answer.schema.json")),
        new("a prompt more", Effect.ReevaluatesOnly, p => p.Write("Triage/prompts/other.prompty", "---\nname: o\n---\nuser:\n{{input}}\n"), "Subjects[other]"),
        new("a prompt less", Effect.ReevaluatesOnly, p => File.Delete(p["Triage/prompts/b.prompty"]), "Subjects[b]", () => Projects.Triage().Write("Triage/prompts/b.prompty", "---\nname: b\n---\nuser:\n{{input}}\n")),
        new("name of a prompt", Effect.ReevaluatesOnly, p => File.Move(p[Prompt], p["Triage/prompts/nought.prompty"]), "Subjects[nought]"),
        new("a row of regression data", Effect.ReevaluatesOnly, p => p.Change(Regression, t => t.Replace("is two", "are two")), "9 regression rows changed", Forgetting),
        new("a metric of regression data alone", Effect.ReevaluatesOnly, p => p.Gate("NormalizedMatch", ("MaximumForgetting", "0.9"), ("InconclusiveAs", "Warning")), "RegressionMetrics", Forgetting),
        new("a metric that the report does not show", Effect.ReevaluatesOnly, p => p.Gates.Add(("MicroF1", new() { ["Minimum"] = "0.1" })), "Metrics"),
        new("a gate on the baselines' likelihoods", Effect.ReevaluatesOnly, p => p.Gates.Add(("MeanLoss", new() { ["MinimumGain"] = "0.0001" })), "BaselinesScored false -> true"),
    ];

    private static IEnumerable<Edit> GatesAndPackage() =>
    [
        new("threshold", Effect.RegatesOnly, p => p.Gates[0].Metadata["Minimum"] = "0.75", "re-gates: Gates[ExactMatch].Minimum 0.8 -> 0.75"),
        new("gain", Effect.RegatesOnly, p => p.Gates[0].Metadata["MinimumGain"] = "0.2", "Gates[ExactMatch].MinimumGain 0.1 -> 0.2"),
        new("a maximum", Effect.RegatesOnly, p => p.Gates[0].Metadata["Maximum"] = "0.9", "Maximum 3 -> 0.9", () => Gated("MeanLoss", ("Maximum", "3"))),
        new("confidence", Effect.RegatesOnly, p => p.Gates[0].Metadata["Confidence"] = "0.9", "Gates[ExactMatch].Confidence 0.95 -> 0.9"),
        new("what an inconclusive gate does", Effect.RegatesOnly, p => p.Gates[0].Metadata["InconclusiveAs"] = "Warning", "InconclusiveAs Error -> Warning"),
        new("metric of a gate, shown already", Effect.RegatesOnly, p => p.Gates[0] = ("MacroF1", p.Gates[0].Metadata), "re-gates: "),
        new("field of a metric, shown already", Effect.RegatesOnly, p => p.Gates[0].Metadata["Field"] = "urgent", "Field team -> urgent", Projects.Fields),
        new("how much may be forgotten", Effect.RegatesOnly, p => p.Gates[1].Metadata["MaximumForgetting"] = "0.8", "MaximumForgetting 0.9 -> 0.8",
            () => Forgetting().Gate("ExactMatch", ("MaximumForgetting", "0.9"), ("InconclusiveAs", "Warning"))),
        new("slice of a gate", Effect.RegatesOnly, p => p.Gates[0].Metadata["Slice"] = "mail", "Slice * -> mail",
            () => Gated("ExactMatch", ("Minimum", "0.8"), ("Slice", "*")).Change(Eval, t => t.Replace("{\"messages\"", "{\"slice\":\"mail\",\"messages\""))),
        new("pattern of a metric, shown already", Effect.RegatesOnly, p => p.Gates[2].Metadata["Pattern"] = "[a-z]", "Argument . -> [a-z]", () =>
        {
            EditProject p = Gated("Regex", ("Pattern", "."), ("Minimum", "0.1"));
            p.Gates.Add(("Regex", new() { ["Pattern"] = "[a-z]", ["Minimum"] = "0.1" }));
            p.Gates.Add(("Regex", new() { ["Pattern"] = ".", ["Minimum"] = "0.2" }));
            return p;
        }),
        new("content of a metric's schema", Effect.ReevaluatesOnly, p => p.Write(Schema, """{"type":["object","string"]}"""), "Metrics", () =>
            Projects.Fields().Write(Schema, """{"type":"object"}""").Gate("JsonSchema", ("Schema", "answer.schema.json"), ("Maximum", "0.9"))),
        new("0.8 for 0.80 in a threshold", Effect.Nothing, p => p.Gates[0].Metadata["Minimum"] = "0.8"),
        new("order of gates", Effect.RegatesOnly, p => p.Gates.Reverse(), "", () => { EditProject p = Projects.Triage(); p.Gates.Add(("MacroF1", new() { ["Minimum"] = "0.5" })); return p; }),
        new("package version", Effect.RepacksOnly, p => p.Pack["PackageVersion"] = "1.1.0", "repacks: Version 1.0.0 -> 1.1.0"),
        new("package id", Effect.RepacksOnly, p => p.Pack["PackageId"] = "Contoso.Sorter", "Id Contoso.Triage -> Contoso.Sorter"),
        new("description", Effect.RepacksOnly, p => p.Pack["Description"] = "Sorts mail.", "Description Sorts tickets. -> Sorts mail."),
        new("licence", Effect.RepacksOnly, p => p.Pack["License"] = "Apache-2.0", "License MIT -> Apache-2.0"),
        new("id of the base model's package", Effect.RepacksOnly, p => p.Pack["BasePackageId"] = "BaseModel.other", "Base.Id"),
        new("version of the SDK", Effect.RepacksOnly, p => p.Pack["SdkVersion"] = "1.0.1", "SdkVersion 1.0.0 -> 1.0.1"),
        new("licence of the base model", Effect.RepacksOnly, p => p.Pack["BaseLicense"] = "Apache-2.0", "BaseLicense MIT -> Apache-2.0"),
        new("size of a part", Effect.RepacksOnly, p => p.Pack["SizeLimit"] = "1MB", "SizeLimit"),
        new("licence of the data", Effect.RepacksOnly, p => p.DataLicense = "CC-BY-4.0", "Licenses"),
        new("how rows were made", Effect.RepacksOnly, p => p.Write("Triage/data/train/a.provenance.json", Provenance(1)), "Made", () => Projects.Triage().Write("Triage/data/train/a.provenance.json", Provenance(0))),
        new("address of the sources", Effect.RepacksOnly, p => p.Pack["Repository"] = "https://example.org/triage", "SourceRepository",
            () => { EditProject p = Projects.Triage(); p.Pack["SourceRevision"] = "r1"; return p; }),
        new("commit", Effect.RepacksOnly, p => p.Pack["SourceRevision"] = "0123456789012345678901234567890123456789", "SourceRevision"),
    ];

    private static string Provenance(int unreviewed) => $$"""{"data":"sha256:{{new string('a', 64)}}","format":1,"inputs":[],"kind":"logs","reviewers":[],"rows":49,"unreviewed":{{unreviewed}}}""";

    private static IEnumerable<Edit> Circumstances() =>
    [
        new("nothing at all", Effect.Nothing, _ => { }),
        new("a comment in the project file", Effect.Nothing, p => p.Change("Triage/Triage.csproj", t => t.Replace("/>", "><!-- why --></Project>"))),
        new("name of the project file", Effect.Nothing, p => { File.Move(p["Triage/Triage.csproj"], p["Triage/Other.csproj"]); p.ProjectFile = "Other.csproj"; }),
        new("an unrelated file", Effect.Nothing, p => p.Write("Triage/notes.txt", "notes")),
        new("moving the repository", Effect.Nothing, p => p.MoveTo("elsewhere")),
        new("thread count", Effect.Nothing, p => p.Threads = "1"),
        new("another store", Effect.Nothing, p => p.Store += "-other"),
        new("another user and time zone", Effect.Nothing, _ => Surroundings("TZ", "Pacific/Kiritimati")),
        new("another culture", Effect.Nothing, _ => System.Globalization.CultureInfo.CurrentCulture = Commas()),
        new("force", Effect.Retrains, p => p.Settings[Names.ModelOpsForce] = "true", "ModelOpsForce is set"),
        new("another trainer", Effect.Retrains, p => p.Settings[Names.Trainer] = "torchsharp", "Trainer engine -> torchsharp"),
        new("another device of TorchSharp", Effect.Retrains, p => p.Settings[Names.TorchDevice] = "cuda", "Worker",
            () => Projects.Triage().With(Names.Trainer, "torchsharp").With(Names.TorchDevice, "cpu")),
        new("device of TorchSharp where the engine trains", Effect.Nothing, p => p.Settings[Names.TorchDevice] = "cuda"),
        new("another worker", Effect.Retrains, p => p.Write("worker.dll", "another").Settings[Names.OutsideWorker] = "../worker.dll", "Worker is new"),
        new("content of a worker of one's own", Effect.Retrains, p => p.Write("worker.dll", "newer"), "Worker changed",
            () => Projects.Triage().Write("worker.dll", "older").With(Names.OutsideWorker, "../worker.dll")),
        new("place of a worker of one's own", Effect.Nothing, p => { File.Move(p["worker.dll"], p["w.dll"]); p.Settings[Names.OutsideWorker] = "../w.dll"; }, "",
            () => Projects.Triage().Write("worker.dll", "older").With(Names.OutsideWorker, "../worker.dll")),
    ];

    private static EditProject Gated(string metric, params (string Name, string Value)[] metadata)
    {
        EditProject project = Projects.Triage();
        project.Gates[0] = (metric, metadata.ToDictionary(m => m.Name, m => m.Value));
        return project;
    }

    /// <summary>Nobody knows the right answers, so nothing is forgotten.</summary>
    private static EditProject Forgetting()
        => Projects.Triage().Write(Regression, string.Concat(Enumerable.Range(0, 9).Select(i => Projects.Row($"please tell me in one short word what is two and {i} together", "unknown") + "\n")));

    private static EditProject Prompted(string body) => Projects.Triage().Write(Prompt, $"---\nname: zero\n---\n{body}");

    private static string ReplaceFirst(string text, string old, string @new)
    {
        int at = text.IndexOf(old, StringComparison.Ordinal);
        return at < 0 ? throw new ArgumentException($"There is no '{old}'.") : text[..at] + @new + text[(at + old.Length)..];
    }

    private static string Reversed(string text) => string.Concat(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Reverse().Select(l => l + "\n"));

    private static void Split(EditProject project)
    {
        string[] lines = File.ReadAllLines(project[Train]);
        File.WriteAllLines(project[Train], lines[20..]);
        File.WriteAllLines(project["Triage/data/train/b.jsonl"], lines[..20], new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
    }

    // `cp -p` over the file, or an edit so soon after the last that the clock has not moved.
    private static void SameStamp(string path, string old, string @new)
    {
        DateTime stamp = File.GetLastWriteTimeUtc(path);
        File.WriteAllText(path, File.ReadAllText(path).Replace(old, @new));
        File.SetLastWriteTimeUtc(path, stamp);
    }

    private static void Aged(string path) => File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddYears(-2));

    private static void Surroundings(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        Environment.SetEnvironmentVariable("USER", "somebody-else");
        TimeZoneInfo.ClearCachedData();
    }

    private static System.Globalization.CultureInfo Commas()
    {
        var culture = (System.Globalization.CultureInfo)System.Globalization.CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NegativeSign) = (",", "~");
        return culture;
    }
}
