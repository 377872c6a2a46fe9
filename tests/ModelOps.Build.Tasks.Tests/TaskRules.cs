using System.Reflection;
using System.Xml.Linq;
using Microsoft.Build.Framework;

namespace ModelOps.Build.Tasks.Tests;

/// <summary>What holds for every task.</summary>
public sealed class TaskRules
{
    private static readonly Type[] s_tasks = [.. typeof(StageTask).Assembly.GetExportedTypes().Where(t => t.IsAssignableTo(typeof(ITask)) && !t.IsAbstract)];

    public static TheoryData<Type> Tasks => [.. s_tasks];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Is_sealed_thread_safe_cancelable_and_behind_the_one_border(Type task)
    {
        Assert.True(task.IsSealed);
        Assert.True(task.IsAssignableTo(typeof(StageTask)));
        Assert.True(task.IsAssignableTo(typeof(ICancelableTask)));
        Assert.NotNull(task.GetCustomAttribute<MSBuildMultiThreadableTaskAttribute>(inherit: false));
    }

    [Fact]
    public void Each_is_used_by_a_target_under_its_own_name()
    {
        string targets = string.Join('\n', Directory.GetFiles(Path.Combine(SourceTree.Root, "src", "ModelOps.Sdk", "Sdk", "targets")).Select(File.ReadAllText));
        Assert.All(s_tasks, task => Assert.Contains($"TaskName=\"{task.FullName}\"", targets, StringComparison.Ordinal));
    }

    /// <summary>The key of an evaluation needs them all: a task that is not told of one kind of rows computes another key, or cannot fit a prompt.</summary>
    [Theory]
    [InlineData(nameof(Evaluate))]
    [InlineData(nameof(Package))]
    [InlineData(nameof(Plan))]
    public void Whoever_computes_the_key_of_an_evaluation_is_told_of_all_rows_and_subjects(string task)
    {
        string file = Path.Combine(SourceTree.Root, "src", "ModelOps.Sdk", "Sdk", "targets", $"ModelOps.{task}.targets");
        XElement used = XDocument.Load(file).Descendants(task).Single();
        Assert.All(
            ["TrainingData", "ValidationData", "EvalData", "RegressionData", "PromptBaselines", "Subjects", "Gates"],
            (Action<string>)(name => Assert.StartsWith("@(", used.Attribute(name)?.Value, StringComparison.Ordinal)));
    }
}
