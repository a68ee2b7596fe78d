"""Fisher's irises, with words as labels, in a pipeline and in cross-validation."""

from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from batchprop import MLPClassifier

iris = load_iris()
names = iris.target_names[iris.target]
clf = make_pipeline(StandardScaler(), MLPClassifier(20, max_iter=400, tol=0.001, learning_rate_init=0.01, random_state=0))
print(f"{cross_val_score(clf, iris.data, names, cv=5).mean():.1%} in cross-validation")
print(*clf.fit(iris.data, names).predict([[5.0, 3.4, 1.5, 0.2], [6.5, 3.0, 5.5, 2.0]]))
