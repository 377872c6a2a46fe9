using System.Text;

namespace ModelOps.TestUtilities;

/// <summary>
/// A user's repository in a temporary folder: own feed, package cache and store, nothing inherited from above. It is deleted by
/// <see cref="Done"/>; a test that fails before leaves it, with its binary log.
/// </summary>
public sealed class TestRepository
{
    private readonly string _home;
    private readonly string _log;
    private readonly Dictionary<string, string> _environment = [];
    private readonly List<string> _properties = [];
    private readonly List<string> _items = [];
    private int _builds;

    /// <param name="name">Name of the folder; part of every path.</param>
    public TestRepository(string name = "repository")
    {
        _home = Directory.CreateTempSubdirectory("modelops-").FullName;
        Root = Path.Combine(_home, name);
        Store = Path.Combine(_home, "store");
        _log = Path.Combine(_home, "mock.log");
        Directory.CreateDirectory(Root);
        Write("nuget.config", $"<configuration><packageSources><clear /><add key=\"test\" value=\"{SdkFeed.Packages}\" /></packageSources></configuration>");
        Write("Directory.Build.props", "<Project />");
        Write("Directory.Build.targets", "<Project />");
        Property("ModelOpsWorkerPath", SourceTree.MockWorker);
    }

    public string Root { get; }

    public string Project { get; private set; } = "Triage/Triage.csproj";

    public string Store { get; private set; }

    public static string Sdk => "ModelOps.Sdk/1.0.0";

    public string PathOf(string file) => Path.Combine(Root, file);

    /// <summary>A file below the project's <c>obj/modelops</c>.</summary>
    public string Obj(string file) => PathOf(Path.Combine(Path.GetDirectoryName(Project)!, "obj", "modelops", file));

    /// <summary>The worker inside the SDK instead of the one for tests.</summary>
    public TestRepository RealWorker()
    {
        _properties.RemoveAll(p => p.StartsWith("<ModelOpsWorkerPath>", StringComparison.Ordinal));
        return this;
    }

    public TestRepository Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(file))!);
        File.WriteAllText(PathOf(file), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return this;
    }

    public TestRepository Edit(string file, string old, string @new)
    {
        string text = File.ReadAllText(PathOf(file));
        return text.Contains(old, StringComparison.Ordinal) ? Write(file, text.Replace(old, @new, StringComparison.Ordinal)) : throw new ArgumentException($"{file} has no '{old}'.");
    }

    public TestRepository Property(string name, string value)
    {
        _properties.RemoveAll(p => p.StartsWith($"<{name}>", StringComparison.Ordinal));
        _properties.Add($"<{name}>{value}</{name}>");
        return this;
    }

    /// <summary>Adds an item as XML text; without any, the project has one gate that the mock worker meets.</summary>
    public TestRepository Item(string xml)
    {
        _items.Add(xml);
        return this;
    }

    public TestRepository WithStore(string folder)
    {
        Store = folder;
        return this;
    }

    /// <summary>A build that goes on beside the test. What the mock worker was asked for is in the file <paramref name="log"/>.</summary>
    public RunningProcess StartBuild(string log, params string[] arguments)
        => Dotnet.Start(Root, Variables(log), ["build", Project, "-tl:off", .. arguments]);

    public TestRepository Environment(string name, string value)
    {
        _environment[name] = value;
        return this;
    }

    /// <summary>Writes the project file as it was described so far. Properties begin in line 3, items after them.</summary>
    public TestRepository Save(string? project = null)
    {
        Project = project ?? Project;
        IEnumerable<string> items = _items.Count > 0 ? _items : ["<EvalGate Include=\"ExactMatch\" Minimum=\"0.80\" MinimumGain=\"0.10\" />"];
        string[] lines =
        [
            $"<Project Sdk=\"{Sdk}\">",
            "  <PropertyGroup>",
            "    <BaseModel>../base</BaseModel>",
            .. _properties.Select(p => "    " + p),
            "  </PropertyGroup>",
            "  <ItemGroup>",
            .. items.Select(i => "    " + i),
            "  </ItemGroup>",
            "</Project>",
        ];
        return Write(Project, string.Join('\n', lines) + "\n");
    }

    public BuildResult Build(params string[] arguments) => Run("build", arguments);

    /// <param name="wrapper">A command that runs the build, such as <c>strace</c>.</param>
    public BuildResult BuildUnder(string[] wrapper, params string[] arguments) => RunUnder(wrapper, "build", arguments);

    /// <summary>Runs a verb of the command line on the project, or on what the first argument names when it is no option.</summary>
    public BuildResult Run(string verb, params string[] arguments) => RunUnder([], verb, arguments);

    private BuildResult RunUnder(string[] wrapper, string verb, string[] arguments)
    {
        File.Delete(_log);
        string[] target = arguments is [{ } first, ..] && !first.StartsWith('-') ? [] : [Project];
        string[] logger = arguments.Any(a => a.StartsWith("-tl", StringComparison.Ordinal)) ? [] : ["-tl:off"];
        using RunningProcess process = Dotnet.StartUnder(wrapper, Root, Variables(_log), [verb, .. target, .. arguments, .. logger, $"-bl:{Path.Combine(_home, $"{++_builds}.binlog")}"]);
        process.Input.Close();
        ProcessResult result = process.Wait();
        return new BuildResult(result.ExitCode, result.Output, File.Exists(_log) ? File.ReadAllLines(_log) : []);
    }

    /// <summary>Runs the command line's tool as it was built, in the repository's folder.</summary>
    public ProcessResult Tool(params string[] arguments) => Dotnet.Run(Root, Variables(_log), ["exec", SourceTree.Tool, .. arguments]);

    private Dictionary<string, string> Variables(string log) => new(_environment)
    {
        ["NUGET_PACKAGES"] = SdkFeed.Cache,
        ["MODELOPS_HOME"] = Store,
        ["MODELOPS_MOCK_LOG"] = log,
    };

    /// <summary>The test has seen all it wanted: nothing is kept.</summary>
    public void Done() => Directory.Delete(_home, recursive: true);
}
