using ModelOps.Cli.Projects;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli.Tests.Projects;

public sealed class ModelProjectTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_folder_stands_for_its_single_project()
    {
        string project = _folder.File("Triage.csproj");
        _folder.File("notes.txt");

        Assert.Equal(project, ModelProject.Find(_folder.Path));
        Assert.Equal(project, ModelProject.Find(project));
    }

    [Fact]
    public void A_folder_without_a_project_says_so()
        => Assert.Equal("MOPS2101", Assert.Throws<DiagnosticException>(() => ModelProject.Find(_folder.Path)).Diagnostic.Code);

    [Fact]
    public void Several_projects_are_named()
    {
        _folder.File("B.csproj");
        _folder.File("A.csproj");

        Diagnostic problem = Assert.Throws<DiagnosticException>(() => ModelProject.Find(_folder.Path)).Diagnostic;
        Assert.Equal("MOPS2102", problem.Code);
        Assert.Contains("(A.csproj, B.csproj)", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_is_not_there_says_so()
    {
        string path = System.IO.Path.Combine(_folder.Path, "nope.csproj");

        Diagnostic problem = Assert.Throws<DiagnosticException>(() => ModelProject.Find(path)).Diagnostic;
        Assert.Equal(("MOPS2103", path), (problem.Code, problem.Location?.File));
    }

    public void Dispose() => _folder.Dispose();
}
