using System.Globalization;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Tests;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("0.0001")]
    [InlineData("1e-4")]
    [InlineData("1E-04")]
    [InlineData(" 0.00010 ")]
    public void Same_number_in_every_spelling(string text) => Assert.Equal(1e-4, Parse(new TestLog(), (Names.LearningRate, text))!.Training.LearningRate);

    [Theory]
    [InlineData(Names.LoraRank, "0")]
    [InlineData(Names.LoraRank, "8.5")]
    [InlineData(Names.LoraAlpha, "0")]
    [InlineData(Names.LoraDropout, "1")]
    [InlineData(Names.LoraTargetModules, " ; ")]
    [InlineData(Names.LearningRate, "")]
    [InlineData(Names.LearningRate, "NaN")]
    [InlineData(Names.LearningRate, "0,001")]
    [InlineData(Names.LearningRateSchedule, "cosin")]
    [InlineData(Names.WarmupRatio, "5%")]
    [InlineData(Names.Epochs, "-1")]
    [InlineData(Names.Seed, "-1")]
    [InlineData(Names.Seed, "18446744073709551616")]
    [InlineData(Names.PreserveDataOrder, "yes")]
    [InlineData(Names.FineTuneMethod, "dora")]
    [InlineData(Names.QuantizationType, "fp4")]
    [InlineData(Names.FineTuneMethod, "dpo-lora")]
    [InlineData(Names.DpoBeta, "0")]
    [InlineData(Names.DpoLabelSmoothing, "0.5")]
    [InlineData(Names.EvaluationSteps, "-1")]
    [InlineData(Names.EarlyStoppingPatience, "two")]
    [InlineData(Names.EarlyStoppingThreshold, "-0.1")]
    [InlineData(Names.LoadBestModelAtEnd, "best")]
    [InlineData(Names.Trainer, "torch")]
    public void Impossible_value_is_an_error_at_its_place(string name, string value)
    {
        var log = new TestLog();
        Assert.Null(Parse(log, (name, value)));
        Diagnostic error = Assert.Single(log.Diagnostics);
        Assert.Equal(("MOPS2054", new SourceLocation(name, 7)), (error.Code, error.Location));
    }

    [Theory]
    [InlineData("lora", "lora", "sft")]
    [InlineData("Full", "full", "sft")]
    [InlineData("Dpo", "lora", "dpo")]
    [InlineData("DPO-QLoRA", "qlora", "dpo")]
    [InlineData("dpo-full", "full", "dpo")]
    public void The_method_says_what_is_trained_and_from_what(string word, string method, string objective)
    {
        TypedSettings settings = Parse(new TestLog(), (Names.FineTuneMethod, word))!;
        Assert.Equal((method, objective, word.ToLowerInvariant()), (settings.Training.Method, settings.Training.Objective, settings.FineTuneMethod));
    }

    [Fact]
    public void All_errors_are_found_at_once()
    {
        var log = new TestLog();
        Parse(log, (Names.Epochs, "x"), (Names.Seed, "y"), (Names.LoraRank, "z"));
        Assert.Equal(3, log.Diagnostics.Count);
    }

    [Fact]
    public void Every_property_of_the_list_is_declared_in_the_sdk_and_looked_at()
    {
        string sdk = Path.Combine(SourceTree.Root, "src", "ModelOps.Sdk", "Sdk");
        string targets = string.Join('\n', Directory.GetFiles(sdk, "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        foreach (string name in Names.Properties)
        {
            Assert.True(targets.Contains($"$({name})", StringComparison.Ordinal) || targets.Contains($"<{name}>", StringComparison.Ordinal), $"{name} is known and no target reads it.");
        }

        // A default that the look does not compare would be an input that moves unseen.
        string props = File.ReadAllText(Path.Combine(sdk, "Sdk.props"));
        string look = File.ReadAllText(Path.Combine(sdk, "targets", "ModelOps.Look.targets"));
        var group = System.Xml.Linq.XDocument.Parse(props).Root!.Elements("PropertyGroup").Where(g => (string?)g.Attribute("Label") is "Training" or "Evaluation").SelectMany(g => g.Elements());
        Assert.All(group, property => Assert.Contains($"ModelOpsSetting Include=\"{property.Name}\"", look, StringComparison.Ordinal));
    }

    private static TypedSettings? Parse(TestLog log, params (string, string)[] settings)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        return TypedSettings.Parse(TestInputs.Of("/p/p.csproj", settings), name => new SourceLocation(name, 7), log);
    }
}
