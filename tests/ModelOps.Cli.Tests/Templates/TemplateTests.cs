using System.Xml.Linq;
using ModelOps.Core.Data;
using ModelOps.Core.Evaluation.Prompts;

namespace ModelOps.Cli.Tests.Templates;

public sealed class TemplateTests(TemplatePackage package) : IClassFixture<TemplatePackage>
{
    [Fact]
    public async Task An_adapter_project_has_the_form_of_the_smallest_project()
    {
        string folder = await package.CreateAsync("modelops-adapter", "Acme.Mail", "--base-model", "../models/smol");

        XElement project = XDocument.Load(Path.Combine(folder, "Acme.Mail.csproj")).Root!;
        Assert.Equal($"ModelOps.Sdk/{TemplatePackage.Version()}", project.Attribute("Sdk")?.Value);
        Assert.Equal("Acme.Mail", project.Descendants("PackageId").Single().Value);
        Assert.Equal("../models/smol", project.Descendants("BaseModel").Single().Value);
        Assert.NotEmpty(project.Descendants("EvalGate"));
        Assert.StartsWith("# Acme.Mail", await File.ReadAllTextAsync(Path.Combine(folder, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_starter_rows_pass_the_checks_of_Validate()
    {
        string folder = await package.CreateAsync("modelops-adapter", "Acme.Mail");
        var log = new RecordingLog();

        Dataset?[] sets = [.. new[] { DatasetKind.Training, DatasetKind.Validation, DatasetKind.Evaluation }.Select(k => DatasetReader.Read(
            Directory.GetFiles(Path.Combine(folder, "data", k.Folder())), k, log, CancellationToken.None))];

        Assert.Equal([420, 75, 180], sets.Select(s => s?.Rows.Count ?? 0));
        Assert.True(Leakage.Check([.. sets.OfType<Dataset>()], log));
        Assert.Empty(log.Diagnostics);
        Assert.All(sets, s => Assert.Equal(["complaint", "praise", "question"], s!.Rows.Select(r => r.Answer).Distinct().Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Its_prompts_are_two_and_show_no_held_out_row()
    {
        string folder = await package.CreateAsync("modelops-adapter", "Acme.Mail");
        Dataset held = DatasetReader.Read(Directory.GetFiles(Path.Combine(folder, "data", "eval")), DatasetKind.Evaluation, new RecordingLog(), CancellationToken.None)!;

        PromptyFile[] prompts = [.. Directory.GetFiles(Path.Combine(folder, "prompts")).Select(PromptyFile.Load)];

        Assert.Equal(["few-shot", "zero-shot"], prompts.Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.All(prompts, p => Assert.Equal(["input"], p.Placeholders));
        string text = string.Concat(Directory.GetFiles(Path.Combine(folder, "prompts")).Select(File.ReadAllText));
        Assert.DoesNotContain(held.Rows, r => text.Contains(r.LastUserMessage, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_repository_holds_base_model_adapter_app_and_two_pipelines_with_the_same_steps()
    {
        string folder = await package.CreateAsync("modelops-repo", "Acme.Mail");

        string[] texts = [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => !f.Contains("tiny-base", StringComparison.Ordinal))];
        Assert.All(texts, f => Assert.DoesNotMatch("Contoso|MODELOPS-|MODEL-PACKAGE|BASE-MODEL|ModelPackageType", File.ReadAllText(f)));
        string[] steps = ["tool restore", "plan", "evaluate", "gate", "dotnet pack", "verify", "nuget push"];
        foreach (string pipeline in (string[])[".github/workflows/models.yml", "azure-pipelines.yml"])
        {
            string text = File.ReadAllText(Path.Combine(folder, pipeline));
            int[] places = [.. steps.Select(step => text.IndexOf(step == "nuget push" ? "dotnet nuget push" : step.StartsWith("dotnet", StringComparison.Ordinal) ? step : step == "tool restore" ? "dotnet tool restore" : $"dotnet modelops {step}", StringComparison.Ordinal))];
            Assert.All(places, place => Assert.True(place > 0, pipeline));
            Assert.Equal(places.Order(), places);
        }

        Assert.Equal(File.ReadAllBytes(Path.Combine(TemplatePackage.RepositoryRoot(), "sample-repo", "models", "tiny-base", "model.safetensors")), File.ReadAllBytes(Path.Combine(folder, "models", "tiny-base", "model.safetensors")));
        XElement project = XDocument.Load(Path.Combine(folder, "adapters", "Acme.Mail", "Acme.Mail.csproj")).Root!;
        Assert.True(Directory.Exists(Path.Combine(folder, "adapters", "Acme.Mail", project.Descendants("BaseModel").Single().Value)));
        XElement reference = Assert.Single(XDocument.Load(Path.Combine(folder, "apps", "Acme.Mail.App", "Acme.Mail.App.csproj")).Descendants("PackageReference"));
        Assert.Equal((project.Descendants("PackageId").Single().Value, project.Descendants("Version").Single().Value), (reference.Attribute("Include")?.Value, reference.Attribute("Version")?.Value));
        Assert.Contains("ModelChatClient.Open(Mail.Path)", File.ReadAllText(Path.Combine(folder, "apps", "Acme.Mail.App", "Program.cs")), StringComparison.Ordinal);
        Assert.Contains($"\"version\": \"{TemplatePackage.Version()}\"", File.ReadAllText(Path.Combine(folder, ".config", "dotnet-tools.json")), StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(folder, "packages")));
    }

    [Theory]
    [InlineData("Contoso.TicketTriage", "TicketTriage")]
    [InlineData("Acme.3d-Sorter", "_3d_Sorter")]
    [InlineData("Reviews", "Reviews")]
    public async Task An_app_refers_to_its_model_package_and_nothing_else(string id, string type)
    {
        string folder = await package.CreateAsync("modelops-app", "My.App", "--model", id, "--model-version", "2.1.0");

        XElement reference = Assert.Single(XDocument.Load(Path.Combine(folder, "My.App.csproj")).Descendants("PackageReference"));
        Assert.Equal((id, "2.1.0"), (reference.Attribute("Include")?.Value, reference.Attribute("Version")?.Value));
        Assert.Contains($"ModelChatClient.Open({type}.Path)", await File.ReadAllTextAsync(Path.Combine(folder, "Program.cs")), StringComparison.Ordinal);
    }
}
