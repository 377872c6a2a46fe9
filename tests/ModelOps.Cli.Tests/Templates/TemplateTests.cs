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

        Assert.Equal([60, 15, 30], sets.Select(s => s?.Rows.Count ?? 0));
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
