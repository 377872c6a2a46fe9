using System.Text.Json.Nodes;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>A repository with one model project, built by the real tasks in this process in the way in which the targets call them: the look, then
/// every stage whose input is younger than its receipt, then Pack's stage.</summary>
internal sealed class EditProject : IDisposable
{
    private readonly TemporaryFolder _home = new();
    private readonly List<string> _said = [];

    public EditProject()
    {
        Root = _home["repository"];
        Store = _home["store"];
        foreach ((string name, string value) in SdkDefaults.Settings)
        {
            Settings[name] = value;
        }

        Settings[Names.BaseModel] = "../base";
        Settings["ModelOpsHome"] = "store";
    }

    public string Root { get; private set; }

    public string Folder => Path.Combine(Root, "Triage");

    public string Store { get; set; }

    public string ProjectFile { get; set; } = "Triage.csproj";

    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal);

    public List<(string Metric, Dictionary<string, string> Metadata)> Gates { get; } = [];

    /// <summary>Metadata of prompts, by file name; several with one file name are several items.</summary>
    public List<(string File, Dictionary<string, string> Metadata)> Prompts { get; } = [];

    /// <summary>Items that say who else is asked: type, name or path, metadata.</summary>
    public List<(string Type, string Include, Dictionary<string, string> Metadata)> Subjects { get; } = [];

    public string Budget { get; set; } = "1000";

    public string MaxCost { get; set; } = "";

    public bool Locked { get; set; }

    public Dictionary<string, string> Pack { get; } = new(StringComparer.Ordinal)
    {
        ["PackageId"] = "Contoso.Triage", ["PackageVersion"] = "1.0.0", ["BasePackageId"] = "BaseModel.base", ["Description"] = "Sorts tickets.",
        ["License"] = "MIT", ["BaseLicense"] = "MIT", ["SdkVersion"] = "1.0.0", ["SourceRevision"] = "", ["Repository"] = "",
    };

    public string Threads { get; set; } = "0";

    /// <summary>Metadata of the training data; empty: none.</summary>
    public string DataLicense { get; set; } = "";

    public OracleWorker Worker { get; } = new();

    public StageFiles Files => new(Path.Combine(Folder, "obj", "modelops"));

    public string this[string file] => Path.Combine(Root, file);

    public EditProject Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[file])!);
        File.WriteAllText(this[file], text);
        return this;
    }

    public EditProject Change(string file, Func<string, string> edit)
    {
        string before = File.ReadAllText(this[file]), after = edit(before);
        Assert.NotEqual(before, after);
        return Write(file, after);
    }

    public EditProject ChangeOrKeep(string file, Func<string, string> edit) => Write(file, edit(File.ReadAllText(this[file])));

    public EditProject ChangeJson(string file, string member, JsonNode? value)
        => Change(file, text =>
        {
            JsonObject json = JsonNode.Parse(text)!.AsObject();
            json[member] = value;
            return json.ToJsonString();
        });

    public void MoveTo(string name)
    {
        Directory.Move(Root, _home[name]);
        Root = _home[name];
    }

    /// <summary>A project with the same sources and settings that has never been built, and a store of its own.</summary>
    public EditProject Fresh()
    {
        var fresh = new EditProject { Threads = Threads, ProjectFile = ProjectFile };
        foreach (string file in Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}") && !f.EndsWith(".nupkg", StringComparison.Ordinal)))
        {
            string target = fresh[Path.GetRelativePath(Root, file)];
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        foreach ((string name, string value) in Settings)
        {
            fresh.Settings[name] = value;
        }

        fresh.Gates.AddRange(Gates);
        fresh.Prompts.AddRange(Prompts);
        fresh.Subjects.AddRange(Subjects);
        (fresh.Budget, fresh.MaxCost) = (Budget, MaxCost);
        return fresh;
    }

    /// <summary>Builds and, when <paramref name="pack"/> and the gates allow, packs.</summary>
    public BuildTrace Build(bool pack = true)
    {
        _said.Clear();
        Worker.Ran.Clear();
        Dictionary<string, string> before = Keys();
        string look = Path.Combine(Files.Directory, "look.cache");
        bool whole = Run(new Look { LookFile = look, Receipts = Receipts });
        string input = look;
        foreach ((string stage, Func<ReceiptTask> make) in s_stages)
        {
            string receipt = Path.Combine(Receipts, stage);
            whole = whole && (!IsOlder(receipt, look, input) || Run(make()));
            input = receipt;
        }

        whole = whole && (!pack || Run(new Package { Receipts = Receipts, Directory = Files.Directory, OutputFolder = this["packages"], Framework = "net8.0" }));
        return new BuildTrace(whole, string.Join('\n', _said), [.. Worker.Ran], before, Keys());
    }

    /// <summary>What a build would do, as the plan says.</summary>
    public (Effect Effect, string Text) Plan(bool verify = false)
    {
        _said.Clear();
        var plan = new Plan { Receipts = Receipts, Directory = Files.Directory, StoreRoot = Store, Mode = verify ? "Verify" : "Plan", OutputFolder = this["packages"], Framework = "net8.0" };
        Run(plan);
        JsonObject[] working = [.. JsonNode.Parse(plan.Json)!["stages"]!.AsArray().Select(s => s!.AsObject()).Where(s => (string?)s["state"] != "upToDate")];
        bool Works(string stage) => working.Any(s => (string?)s["stage"] == stage);
        Effect effect = working.Any(s => (string?)s["verb"] == "retrains") ? Effect.Retrains : Works("Evaluate") ? Effect.ReevaluatesOnly
            : Works("Gate") ? Effect.RegatesOnly : Works("Package") ? Effect.RepacksOnly : Effect.Nothing;
        return (effect, string.Join('\n', _said));
    }

    /// <summary>Every file with its content and times: whoever wrote anything changed it.</summary>
    public string Snapshot() => string.Join('\n', new DirectoryInfo(Path.GetDirectoryName(Root)!).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
        .OrderBy(f => f.FullName, StringComparer.Ordinal).Select(f => $"{f.FullName} {f.LastWriteTimeUtc.Ticks} {(f as FileInfo)?.Length}"));

    public void Dispose() => _home.Dispose();

    private static readonly (string Stage, Func<ReceiptTask> Make)[] s_stages =
    [
        (Names.Validate, () => new Validate()), (Names.Fingerprint, () => new Fingerprint()), (Names.Train, () => new Train()),
        (Names.Evaluate, () => new Evaluate()), (Names.Gate, () => new Gate()),
    ];

    private string Receipts => Path.Combine(Files.Directory, "receipts");

    /// <summary>The keys of the results at hand, by stage.</summary>
    private Dictionary<string, string> Keys()
        => new[] { Files.Trained, Files.Evaluated, Files.Judged, Files.Packed }.Where(r => File.Exists(r.Fingerprint))
            .ToDictionary(r => Path.GetFileName(r.Folder), r => File.ReadAllText(r.Fingerprint), StringComparer.Ordinal);

    // MSBuild's rule for Inputs and Outputs.
    private static bool IsOlder(string output, params string[] inputs)
        => !File.Exists(output) || inputs.Any(input => !File.Exists(input) || File.GetLastWriteTimeUtc(input) > File.GetLastWriteTimeUtc(output));

    private bool Run(StageTask task)
    {
        var engine = new MockEngine();
        task.BuildEngine = engine;
        task.ProjectFile = Path.Combine(Folder, ProjectFile);
        task.ProjectFiles = [task.ProjectFile];
        task.Settings = [.. Settings.Select(s => new TaskItem(s.Key, new Dictionary<string, string> { ["Value"] = s.Value }))];
        if (task is DataTask data)
        {
            data.TrainingData = Items("data/train", "*.jsonl");
            foreach (ITaskItem item in DataLicense.Length > 0 ? data.TrainingData : [])
            {
                item.SetMetadata(Names.License, DataLicense);
            }

            data.ValidationData = Items("data/validation", "*.jsonl");
            data.EvalData = [.. Items("data/eval", "*.jsonl"), .. Items("data/sealed", "*.jsonl").Select(item => new TaskItem(item.ItemSpec, new Dictionary<string, string> { ["Sealed"] = "true" }))];
            data.RegressionData = Items("data/regression", "*.jsonl");
            data.PromptBaselines = [.. Items("prompts", "*.prompty").SelectMany(WithMetadata)];
            data.Subjects = [.. Subjects.Select(s => new TaskItem(s.Include.Replace("$root", Root, StringComparison.Ordinal), new Dictionary<string, string>(s.Metadata)
            {
                [Names.ItemType] = s.Type, [Names.PackageRoot] = s.Type == Names.GateAgainst ? this["restored"] : "",
            }))];
            data.Gates = [.. Gates.Select(g => new TaskItem(g.Metric, g.Metadata))];
        }

        if (task is ReceiptTask stage)
        {
            (stage.Directory, stage.Receipt) = (Files.Directory, Path.Combine(Receipts, task.GetType().Name));
        }

        if (task is WorkerTask worker)
        {
            (worker.StoreRoot, worker.WorkerPath, worker.Threads, worker.InProcess) = (Store, SourceTree.MockWorker, Threads, Worker.Run);
        }

        if (task is Package package)
        {
            (package.StoreRoot, package.WorkerPath, package.InProcess, package.Budget) = (Store, SourceTree.MockWorker, Worker.Run, Budget);
        }

        if (task is Evaluate evaluate)
        {
            evaluate.MaxCost = MaxCost;
            (evaluate.Budget, evaluate.Locked) = (Budget, Locked ? "true" : "false");
        }

        if (task is Train train)
        {
            train.CheckpointSteps = "0";
        }

        foreach ((string name, string value) in task is PackagingTask ? Pack : [])
        {
            task.GetType().GetProperty(name)!.SetValue(task, value);
        }

        using (task)
        {
            bool done = task.Execute();
            _said.Add(engine.Log);
            return done;
        }
    }

    private IEnumerable<ITaskItem> WithMetadata(ITaskItem prompt)
    {
        ITaskItem[] named = [.. Prompts.Where(p => p.File == Path.GetFileName(prompt.ItemSpec)).Select(p => new TaskItem(prompt.ItemSpec, p.Metadata))];
        return named.Length > 0 ? named : [prompt];
    }

    private ITaskItem[] Items(string folder, string pattern)
        => Directory.Exists(Path.Combine(Folder, folder))
            ? [.. Directory.GetFiles(Path.Combine(Folder, folder), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => new TaskItem(f))] : [];
}

/// <summary>What a build did.</summary>
/// <param name="Ran">The worker's verbs.</param>
/// <param name="Before">The records of the stages' results before the build, as text.</param>
internal sealed record BuildTrace(bool Succeeded, string Log, IReadOnlyList<string> Ran, Dictionary<string, string> Before, Dictionary<string, string> After)
{
    /// <summary>The first stage that made something new; <see cref="Effect.Nothing"/> when none did.</summary>
    public Effect Effect
        => Ran.Contains("train") || Log.Contains(" retrains: ", StringComparison.Ordinal) || Moved("trained") ? Effect.Retrains
            : Ran.Count > 0 || Log.Contains(" re-evaluates: ", StringComparison.Ordinal) || Moved("evaluated") ? Effect.ReevaluatesOnly
            : Log.Contains(" re-gates: ", StringComparison.Ordinal) || Moved("judged") ? Effect.RegatesOnly
            : Log.Contains(" repacks: ", StringComparison.Ordinal) || Moved("packed") ? Effect.RepacksOnly : Effect.Nothing;

    private bool Moved(string record) => Before.GetValueOrDefault(record) != After.GetValueOrDefault(record);
}

/// <summary>What an edit makes a build do; each one implies those below it.</summary>
internal enum Effect
{
    Nothing,
    RepacksOnly,
    RegatesOnly,
    ReevaluatesOnly,
    Retrains,
}
