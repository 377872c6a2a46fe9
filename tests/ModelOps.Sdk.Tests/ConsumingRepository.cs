using System.Text;

namespace ModelOps.Sdk.Tests;

/// <summary>A repository that restores model packages: two folder feeds, its own package cache, nothing inherited.</summary>
internal sealed class ConsumingRepository
{
    private static readonly Lazy<string> s_models = new(PackModels);
    private readonly string _home = Directory.CreateTempSubdirectory("modelops-").FullName;
    private readonly Dictionary<string, string> _variables = [];
    private int _builds;

    /// <param name="models">A folder feed; by default one with the mock worker's model.</param>
    public ConsumingRepository(string name = "apps", string? models = null)
    {
        Root = Directory.CreateDirectory(Path.Combine(_home, name)).FullName;
        Write("nuget.config", $"<configuration><packageSources><clear /><add key=\"libraries\" value=\"{LibraryFeed.Packages}\" /><add key=\"models\" value=\"{models ?? s_models.Value}\" /></packageSources></configuration>");
        Write("Directory.Build.props", "<Project />");
        Write("Directory.Build.targets", "<Project />");
    }

    public string Root { get; }

    /// <summary>Folder of <c>Contoso.Triage 1.2.0</c> in this repository's package cache.</summary>
    public string Model => CacheOf("Contoso.Triage");

    /// <summary>Folder of its base model's package.</summary>
    public string Base => CacheOf("BaseModel.base");

    public static string ModelFeed => s_models.Value;

    public string PathOf(string file) => Path.Combine(Root, file);

    public ConsumingRepository Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(file))!);
        File.WriteAllText(PathOf(file), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return this;
    }

    /// <summary>A project that builds as strictly as one can ask for.</summary>
    public ConsumingRepository Project(string file, string items, string properties = "") => Write(file, $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>disable</ImplicitUsings>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <MSBuildTreatWarningsAsErrors>true</MSBuildTreatWarningsAsErrors>
            <AnalysisLevel>latest-all</AnalysisLevel>
            <EnforceCodeStyleInBuild>true</EnforceCodeStyleInBuild>
            <GenerateDocumentationFile>true</GenerateDocumentationFile>
            {properties}
          </PropertyGroup>
          <ItemGroup>
            {items}
          </ItemGroup>
        </Project>
        """);

    public ConsumingRepository Environment(string name, string value)
    {
        _variables[name] = value;
        return this;
    }

    public BuildResult Run(params string[] arguments)
    {
        string[] all = arguments[0] is "build" or "publish" or "clean" or "test" ? [.. arguments, "-tl:off", $"-bl:{Path.Combine(_home, $"{++_builds}.binlog")}"] : arguments;
        ProcessResult result = Dotnet.Run(_home, new Dictionary<string, string>(_variables) { ["NUGET_PACKAGES"] = Path.Combine(_home, "cache"), ["MODELOPS_HOME"] = Path.Combine(_home, "home") }, all);
        return new BuildResult(result.ExitCode, result.Output, []);
    }

    public void Done() => Directory.Delete(_home, recursive: true);

    /// <summary>Folder of a package in this repository's package cache.</summary>
    public string CacheOf(string id, string version = "*") => Directory.GetDirectories(Path.Combine(_home, "cache", id.ToLowerInvariant()), version).Single();

    private static string PackModels()
    {
        TestRepository repository = Packaging.Repository("models").Save();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => repository.Done();
        BuildResult pack = repository.Run("pack");
        return pack.Succeeded ? repository.PathOf("out") : throw new InvalidOperationException("The model could not be packed:\n" + pack.Output);
    }
}
