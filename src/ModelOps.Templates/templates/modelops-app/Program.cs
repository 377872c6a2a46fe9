using Microsoft.Extensions.AI;
using ModelOps.Runtime;

// The package's build step verified the model's files and copied them beside this app; ModelPackageType is generated from the package.
using IChatClient model = ModelChatClient.Open(ModelPackageType.Path);

if (args.Length > 0)
{
    Console.WriteLine(await model.GetResponseAsync(string.Join(' ', args)));
    return;
}

Console.Error.WriteLine($"{ModelPackageType.PackageId} {ModelPackageType.Version}: one message a line, an empty line ends.");
while (Console.ReadLine() is { Length: > 0 } message)
{
    Console.WriteLine(await model.GetResponseAsync(message));
}
