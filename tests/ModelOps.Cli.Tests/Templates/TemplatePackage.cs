using System.Xml.Linq;

namespace ModelOps.Cli.Tests.Templates;

/// <summary>The packed templates, installed into a hive of their own.</summary>
public sealed class TemplatePackage : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelops templates ü-").FullName;

    private string Hive => Path.Combine(_folder, "hive");

    public async Task InitializeAsync()
    {
        string project = Path.Combine(RepositoryRoot(), "src", "ModelOps.Templates", "ModelOps.Templates.csproj");
        await OtherProcess.OutputOfAsync("dotnet", "pack", project, "--no-build", "--no-restore", "-o", _folder, "--nologo");
        await OtherProcess.OutputOfAsync("dotnet", "new", "install", Assert.Single(Directory.GetFiles(_folder, "*.nupkg")), "--debug:custom-hive", Hive);
    }

    /// <summary>Makes a project and returns its folder.</summary>
    public async Task<string> CreateAsync(string template, string name, params string[] options)
    {
        string output = Path.Combine(_folder, Guid.NewGuid().ToString("n"));
        await OtherProcess.OutputOfAsync("dotnet", ["new", template, "-n", name, "-o", output, .. options, "--debug:custom-hive", Hive]);
        return output;
    }

    /// <summary>The version that packages of this repository have.</summary>
    public static string Version() => XDocument.Load(Path.Combine(RepositoryRoot(), "Directory.Build.props")).Descendants("Version").Single().Value;

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    public static string RepositoryRoot()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "ModelOps.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException("The tests run outside of the repository.");
    }
}
