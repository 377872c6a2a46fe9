using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ModelOps.Architecture.Tests;

/// <summary>Who may know whom: docs/architecture.md, "Projects and who may know whom".</summary>
public sealed class ProjectArrows
{
    /// <summary>References that are compiled against or loaded; a missing project may know nobody.</summary>
    private static readonly Dictionary<string, string[]> s_allowed = new(StringComparer.Ordinal)
    {
        ["ModelOps.Core"] = [],
        ["ModelOps.Engine"] = [],
        ["ModelOps.Backends"] = ["ModelOps.Core"],
        ["ModelOps.Pipeline"] = ["ModelOps.Core", "ModelOps.Backends"],
        ["ModelOps.Build.Tasks"] = ["ModelOps.Pipeline"],
        ["ModelOps.Sdk"] = ["ModelOps.Build.Tasks"],
        ["ModelOps.Cli"] = ["ModelOps.Pipeline", "ModelOps.Conformance"],
        ["ModelOps.Conformance"] = [],
        ["ModelOps.Worker"] = ["ModelOps.Core", "ModelOps.Engine", "ModelOps.Runtime"],
        ["ModelOps.Worker.TorchSharp"] = ["ModelOps.Core", "ModelOps.Engine", "ModelOps.Worker", "TorchSharp.Reference"],
        ["ModelOps.Runtime"] = ["ModelOps.Core", "ModelOps.Engine", "ModelOps.Backends"],
        ["ModelOps.Serve"] = ["ModelOps.Runtime"],
        ["ModelOps.Consume"] = ["ModelOps.Core"],
        ["ModelOps.Templates"] = [],
    };

    /// <summary>Started as a process, so only built before: <c>ReferenceOutputAssembly="false"</c>.</summary>
    private static readonly (string From, string To)[] s_processes = [("ModelOps.Sdk", "ModelOps.Worker"), ("ModelOps.Cli", "ModelOps.Worker"), ("ModelOps.Cli", "ModelOps.Serve")];

    /// <summary>Packages of the shipped projects. Whoever adds one reads decision 0001 and DESIGN section 10 first.</summary>
    private static readonly Dictionary<string, string[]> s_packages = new(StringComparer.Ordinal)
    {
        ["ModelOps.Worker.TorchSharp"] = ["TorchSharp"],
        ["ModelOps.Cli"] = ["System.CommandLine", "Spectre.Console", "Microsoft.Build.Locator"],
        ["ModelOps.Runtime"] = ["Microsoft.Extensions.AI.Abstractions", "Microsoft.Extensions.DependencyInjection.Abstractions"],
    };

    public static TheoryData<string> Projects() => [.. Directory.GetDirectories(Path.Combine(SourceTree.Root, "src"))
        .SelectMany(folder => Directory.GetFiles(folder, "*.csproj")).Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_knows_only_whom_it_may(string project)
    {
        XElement[] references = [.. Load(project).Descendants("ProjectReference")];
        Assert.All(references, reference =>
        {
            string to = Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/'));
            bool process = (string?)reference.Attribute("ReferenceOutputAssembly") == "false";
            Assert.True(s_allowed.GetValueOrDefault(project, []).Contains(to) || (process && s_processes.Contains((project, to))), $"{project} -> {to}");
        });
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_takes_only_the_packages_it_may(string project)
    {
        IEnumerable<string> packages = Load(project).Descendants("PackageReference").Select(p => (string)p.Attribute("Include")!);

        Assert.Empty(packages.Except(s_packages.GetValueOrDefault(project, []), StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("ModelOps.Build.Tasks", "ModelOps.Engine", "ModelOps.Runtime", "ModelOps.Worker")]
    [InlineData("ModelOps.Pipeline", "ModelOps.Engine", "ModelOps.Runtime", "ModelOps.Worker")]
    [InlineData("ModelOps.Cli", "ModelOps.Engine", "ModelOps.Runtime")]
    [InlineData("ModelOps.Engine", "ModelOps.Core", "ModelOps.Pipeline", "ModelOps.Runtime")]
    [InlineData("ModelOps.Core", "ModelOps.Engine", "ModelOps.Pipeline")]
    [InlineData("ModelOps.Conformance", "ModelOps.Core", "ModelOps.Engine", "ModelOps.Pipeline", "ModelOps.Worker")]
    [InlineData("ModelOps.Consume", "ModelOps.Engine", "ModelOps.Pipeline", "ModelOps.Runtime")]
    public void What_a_project_may_not_know_is_not_in_its_sources_either(string project, params string[] strangers)
    {
        var usings = new Regex($@"^\s*(global\s+)?using\s+(static\s+)?(\w+\s*=\s*)?(global::)?({string.Join('|', strangers.Select(Regex.Escape))})\b");
        string[] known = [.. Sources(project).SelectMany(file => File.ReadLines(file).Where(line => usings.IsMatch(line)).Select(line => $"{Path.GetFileName(file)}: {line.Trim()}"))];

        // Unicode's tables are source that both compile (docs/decisions/0359), not the engine.
        string[] shared = project == "ModelOps.Pipeline" ? ["SourceItems.cs: using ModelOps.Engine.Tokenization;"] : [];
        Assert.Equal(shared, known);
    }

    [Fact]
    public void Nothing_but_our_own_assemblies_is_put_beside_the_tasks()
    {
        // They run inside MSBuild, which carries NuGet, hashing and its own assemblies; a second copy would clash.
        foreach (string project in (string[])["ModelOps.Build.Tasks", "ModelOps.Pipeline", "ModelOps.Consume"])
        {
            XElement[] privates = [.. Load(project).Descendants("UseSdkAssembliesPrivate")];
            Assert.Equal("false", Assert.Single(privates).Value);
            string output = Path.Combine(SourceTree.Root, "src", project, "bin", SourceTree.Configuration, "net10.0");
            IEnumerable<string> foreign = Directory.Exists(output) ? Directory.GetFiles(output, "*.dll").Select(f => Path.GetFileName(f)!).Where(f => !f.StartsWith("ModelOps.", StringComparison.Ordinal)) : [];
            Assert.Empty(foreign);
        }
    }

    private static XDocument Load(string project) => XDocument.Load(Path.Combine(SourceTree.Root, "src", project, project + ".csproj"));

    internal static IEnumerable<string> Sources(string project) => Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src", project), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"));
}
